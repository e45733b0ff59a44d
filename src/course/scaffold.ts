/** The files of a new exercise: a small one that works, to be changed step by step. */

/** Paths below the course's folder, and their content. */
export function newExerciseFiles(id: string): Record<string, string> {
  const exercise = `exercises/${id}`;
  return {
    [`${exercise}/README.md`]: LESSON,
    [`${exercise}/exercise.ts`]: DEFINITION,
    [`${exercise}/starter/greeting.ts`]: answer("  // TODO: store the name at the key greeting"),
    [`${exercise}/wrong/wrong-key/greeting.ts`]: answer('  await client.set("hello", name);'),
    [`solutions/${id}/greeting.ts`]: answer('  await client.set("greeting", name);'),
    [`solutions/${id}/why.md`]: WHY,
  };
}

const answer = (body: string) => `import type { RedisClientType } from "redis";

export async function saveGreeting(client: RedisClientType, name: string): Promise<void> {
${body}
}
`;

const LESSON = `# Title of the lesson

What it is, and when one uses it.

## An example

## Your task

Edit \`greeting.ts\`: \`saveGreeting(client, name)\` stores the name at the key \`greeting\`.

## How it is checked

## Read more
`;

const DEFINITION = `import type { ModuleExercise } from "redis-learning-lab";

export default {
  title: "Title of the lesson",
  objectives: ["what it teaches"],
  form: "module",
  answer: "greeting.ts",
  hints: ["A nudge.", "A stronger one.", "Nearly the answer: client.set(key, value)."],
  checks: [
    {
      id: "stored",
      title: "saveGreeting stores the name at greeting",
      async run({ answer, random, expect }) {
        const name = random.text();
        await answer.call("saveGreeting", name);
        await expect.key("greeting").isString(name);
      },
    },
  ],
  wrong: [{ name: "wrong-key", fails: "stored", why: "Stores it somewhere else." }],
} satisfies ModuleExercise;
`;

const WHY = `# Why this works

Why the solution works, and what would go wrong otherwise.
`;
