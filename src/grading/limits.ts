/** How long an answer may take, in milliseconds. Tests of answers that never end make them shorter. */
export interface Limits {
  /** One check, where it says nothing else; counted once Redis and the answer are ready. */
  readonly checkMs: number;
  /** All checks of one exercise together, so that an answer cannot sleep through each. */
  readonly exerciseMs: number;
  /** Loading a module answer; importing node-redis takes 100. */
  readonly loadMs: number;
  /** An app until it listens, which does not count as time of its check. It takes 300 on a machine that is not busy. */
  readonly listenMs: number;
  /** One command of a script: a blocking one with no end would hold everything up. */
  readonly commandMs: number;
  /** The judge's own commands, which take less than one: a server that runs an endless script never answers. */
  readonly redisMs: number;
  /** After the last check, for timers that a module answer left: they may yet throw. */
  readonly graceMs: number;
}

export const usualLimits: Limits = {
  checkMs: 5_000,
  exerciseMs: 60_000,
  loadMs: 10_000,
  listenMs: 8_000,
  commandMs: 2_000,
  redisMs: 1_000,
  graceMs: 500,
};
