/** What a check did, so that a failed one can say how to do it again. */

export interface Evidence {
  /** Something the judge did with the answer: "getSchool(client, 'school:1')", a curl line. */
  did(action: string): void;
  /** A command that shows the state a check looked at. */
  inspected(command: string): void;
  /** The last steps, as lines; undefined where nothing was done. */
  reproduce(): string | undefined;
}

/** The steps that matter are the last ones; a loop of a thousand calls must not bury them. */
const SHOWN_STEPS = 6;

export function collectEvidence(): Evidence {
  const actions: string[] = [];
  let inspection: string | undefined;
  let count = 0;
  return {
    did(action) {
      count++;
      actions.push(action.length > 400 ? `${action.slice(0, 400)}…` : action);
      if (actions.length > SHOWN_STEPS) actions.shift();
    },
    inspected(command) {
      inspection = command;
    },
    reproduce() {
      const earlier = count > actions.length ? [`(${count - actions.length} steps before)`] : [];
      const lines = [...earlier, ...actions, ...(inspection ? [`redis-cli ${inspection}`] : [])];
      return lines.length > 0 ? lines.join("\n") : undefined;
    },
  };
}
