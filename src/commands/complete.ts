/** `lab complete <shell>`: the script with which a shell completes commands, options and exercise names. */
import type { Argument, Complete } from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { courseSummaries } from "../course/load.ts";

/** Adds the command to a program whose other commands are all there, and what completes an exercise's name. */
export async function addCompletion(program: Command): Promise<void> {
  const exercises = await courseSummaries();
  const completeExercise = (complete: Complete) => {
    for (const { id, title } of exercises) complete(id, title);
  };
  const takesExercise = ({ name }: Argument) => name === "exercise";
  const { commands } = tab(program);
  for (const command of commands.values()) {
    const argument = [...command.arguments.values()].find(takesExercise);
    if (argument) argument.handler = completeExercise;
    for (const name of ["exercise", "seed"]) {
      const option = command.options.get(name);
      // `--seed` names an exercise for `lab redis` alone.
      if (option && (name === "exercise" || command.value === "redis")) option.handler = completeExercise;
    }
  }
}
