/** The longer texts that commands show. */
import type { CourseStory } from "../workspace/progress.ts";

export const messages = {
  description: "Learn Redis with numbered exercises, graded against a real Redis that is started for you.",
  examples: `
Examples:
  lab                   begin; then: grade, and go on
  lab watch             the same on each save
  lab show hashes       read the lesson of 08-hashes
  lab run 8 'getSchool(client, "7")'
                        call a function of your answer
  lab grade class/      grade a folder of submissions
  source <(lab complete bash)
                        complete with Tab, in this shell

Exit codes: 0 passed, 1 not passed, 2 wrong usage, 3 the lab or its environment failed, 130 interrupted.`,

  welcome: (folder: string, count: number) =>
    `Welcome to the Redis lab: ${count} exercises, from your first server to queues and web apps.
Each has a lesson, a file to edit, and a verdict from a real Redis that is started for you.

  lab next    grade your answer; after a pass, on to the next lesson
  lab watch   the same on each save, on one page with the lesson and the hints
  lab hint    a nudge when you are stuck, then a stronger one
  lab list    how far you are

Your answers live in ${folder}. Nothing that you write there is lost, also by \`lab reset\`.
`,
  edit: (file: string) => `Edit ${file}, then run: lab next`,
  offerHint: (exercise: number, next: number, of: number) =>
    `The same requirement for the third time: \`lab hint ${exercise}\` shows hint ${next} of ${of}.`,
  hint: (next: number, of: number) => `Hint ${next} of ${of}`,
  noHintYet: "No hint was shown yet.",
  moreHints: (exercise: number) => `The next one: lab hint ${exercise}`,
  noMoreHints: (exercise: number) =>
    `These were all the hints. \`lab solution ${exercise} --reveal\` shows a solution.`,
  isStarter: (id: string) => `${id} is as its starter again.`,
  kept: (id: string, copy: string) =>
    `What you had is kept, and comes back with: lab reset ${id} --restore ${copy}`,
  enterAgain: (folder: string) =>
    `This terminal is in the folder that was kept. Go to the new one: cd ${JSON.stringify(folder)}`,
  restored: (id: string, copy: string) => `${id} is as it was kept on ${copy}.`,
  restore: (id: string) => `One of them comes back with: lab reset ${id} --restore COPY`,
  noCopies: (id: string) => `no answers of ${id} were kept: \`lab reset\` keeps one each time`,
  watching: (file: string) => `Watching ${file}: each save is graded. Ctrl-C ends it.`,
  blind:
    "This drive does not tell of saves (a network drive?): the files are looked at five times a second instead.",
  notGraded: (id: string) => `${id} could not be graded. Enter tries again.`,
  grading: (id: string) => `${id} is being graded.`,
  pressNext: "Passed. Read below why it works; n goes on to the next exercise.",
  notPassedYet: "This exercise is not passed yet. To go on without a pass: lab next --skip",
  labTrouble: "The lab itself had trouble, so this try does not count. See what: lab doctor",
  reallyReset: (id: string) => `Put the starter of ${id} back? What you have is kept.`,
  packCounts: (answers: number, untouched: number, missing: number) =>
    [
      `${answers} ${answers === 1 ? "answer" : "answers"}`,
      ...(untouched > 0 ? [`${untouched} left out, which are as their starters`] : []),
      ...(missing > 0 ? [`${missing} missing`] : []),
    ].join(", "),
  packed: "Hand in this file. The digest tells whether it arrived as it is.",
  chosen: (id: string) => `Going on with ${id}: lab next, or lab watch`,
  goOn: "Go on at any time: lab watch",
  runApp: (url: string) => `It listens on ${url} — Ctrl-C ends it and shows what it did.`,
  runWorker: "It runs until Ctrl-C, which asks it to end (SIGTERM) and shows what it did.",
  endless: (command: string) =>
    `${command.toUpperCase()} keeps a connection for itself. For it, run lab redis --url, and a redis-cli on that address.`,
  redisRuns: "It runs, and is yours alone, until Ctrl-C.",
  redisPrivate: (version: string) =>
    `Redis ${version}, yours alone; it is gone when you leave (exit, or Ctrl-D).`,
  pressAnyKey: "Press any key to go back to the page.",
  runExample: (id: string) => `Redis begins with the example data of ${id}.`,
  runStill: "It is still running. Ctrl-C ends it and shows what it did.",
  runModule: (exercise: number) =>
    `Type calls, such as: await someFunction(client, "x") — Ctrl-D ends. Or at once: lab run ${exercise} 'someFunction(client, "x")'`,
  runServer: "The server runs. Type what follows redis-cli, such as: -a PASSWORD PING — Ctrl-D ends.",
  runEnded: (how: string) => `It ended: ${how}`,
  skipped: (id: string) => `${id} is skipped, and stays open. Grade it at any time: lab check ${id}`,
  onlySkipped: "All others are passed: what is left is what was skipped.",
  halfway: (passed: number, total: number) =>
    `Halfway: ${passed} of ${total} exercises are passed. \`lab list\` shows what is behind you, and what is left.`,
  finished: ({ total, tries, firstTries, revealed }: CourseStory) =>
    `That was the last exercise: all ${total} are passed.

  ${tries} ${tries === 1 ? "try" : "tries"} in all, and ${firstTries} ${firstTries === 1 ? "exercise" : "exercises"} passed at the first${
    revealed > 0 ? `\n  ${revealed} ${revealed === 1 ? "solution" : "solutions"} seen before the pass` : ""
  }

  lab pack            make the archive to hand in
  lab solution NAME   your answer beside the lab's
  lab check NAME      grade any exercise again
  lab redis           a Redis of your own to try things in`,
} as const;
