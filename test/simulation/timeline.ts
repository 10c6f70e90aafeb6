import type { Trace } from "./trace.ts";

/** A planned task. */
export interface Task {
  readonly due: number;
  readonly name: string;
  readonly run: () => void;
  off: boolean;
}

/** Simulated time. It moves only to the next task, and each task's consequences end before the next one starts. */
export interface Timeline {
  /** The true time in Unix milliseconds; the clocks in the run may differ from it. */
  now(): number;
  /** The number of finished tasks. */
  steps(): number;
  after(durationMs: number, name: string, run: () => void): Task;
  /** Lets time pass, from task to task. */
  run(durationMs: number): Promise<void>;
  /** Lets time pass while all machines stand still. Then they catch up: due tasks run in order, but late. */
  jump(durationMs: number): Promise<void>;
}

const START = Date.UTC(2026, 0, 15, 12);

/** @param halted checked before every task: true stops time forever */
export function createTimeline(trace: Trace, halted: () => boolean): Timeline {
  // Latest first, so that the next task is at the end; of equal times, the one planned first is nearer to the end.
  const tasks: Task[] = [];
  let now = START;
  let steps = 0;

  function insert(task: Task): void {
    let low = 0;
    let high = tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tasks[middle]!.due > task.due) low = middle + 1;
      else high = middle;
    }
    tasks.splice(low, 0, task);
  }

  async function until(end: number): Promise<void> {
    for (let next = tasks.at(-1); next !== undefined && next.due <= end; next = tasks.at(-1)) {
      if (halted()) return;
      tasks.pop();
      if (next.off) continue;
      now = Math.max(now, next.due);
      steps++;
      trace.note(`${now - START} ${next.name}`);
      next.run();
      await recorded();
    }
    now = end;
  }

  return {
    now: () => now,
    steps: () => steps,
    after(durationMs, name, run) {
      const task: Task = { due: now + Math.max(0, durationMs), name, run, off: false };
      insert(task);
      return task;
    },
    run: (durationMs) => until(now + durationMs),
    jump(durationMs) {
      now += durationMs;
      return until(now);
    },
  };
}

/** Resolves when everything that was ready has run. Code in a run waits for promises only. */
function recorded(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
