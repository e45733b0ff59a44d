/** Who may work, where more gradings are begun than the machine should do at once. */
import type { Turn } from "../grading/grade.ts";

/**
 * Turns for `jobs` gradings at once. Where one only lets time pass, another begins in its place; it goes on when its time
 * is over, without waiting again, so that no answer is left alone for longer than its check means.
 */
export function takeTurns(jobs: number): Turn {
  let working = 0;
  const waiting: (() => void)[] = [];
  const admit = () => {
    while (working < jobs && waiting.length > 0) {
      working++;
      waiting.shift()?.();
    }
  };
  return async (work) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      admit();
    });
    let isWorking = true;
    let isOver = false;
    const leave = () => {
      if (isWorking) working--;
      isWorking = false;
      admit();
    };
    try {
      return await work(async (passing) => {
        // Another part of this grading rests already.
        if (!isWorking) return passing;
        leave();
        try {
          return await passing;
        } finally {
          // A check that was given up may end long after its grading.
          if (!isOver) {
            working++;
            isWorking = true;
          }
        }
      });
    } finally {
      isOver = true;
      leave();
    }
  };
}
