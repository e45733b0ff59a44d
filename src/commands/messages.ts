/** The longer texts that commands show. */
export const messages = {
  description: "Learn Redis with numbered exercises, graded against a real Redis that is started for you.",
  examples: `
Examples:
  lab                    grade the current exercise, or begin
  lab check 8            grade exercise 8
  lab show hashes        read the lesson of 08-hashes
  lab grade submissions  grade a folder of submissions

Exit codes: 0 passed, 1 not passed, 2 wrong usage, 3 the lab or its environment failed, 130 interrupted.`,

  welcome: (folder: string, count: number) =>
    `Welcome to the Redis lab: ${count} exercises, from your first server to a cluster.\nYour answers live in ${folder}\n`,
  edit: (file: string) => `Edit ${file}, then run: lab next`,
  passed: (id: string) => `${id} passed.`,
  finished:
    "That was the last exercise: you have passed the whole course.\nSee `lab list` for all of it; `lab check NAME` grades any exercise again.",
} as const;
