import type { Trace } from "./trace.ts";

/** Something that will happen. */
export interface Task {
  readonly due: number;
  readonly name: string;
  readonly run: () => void;
  off: boolean;
}

/** Simulated time: nothing moves it but the next task, and each task's consequences are over before the next one. */
export interface Timeline {
  /** Milliseconds since 1970, the true time that no clock in the run has to agree with. */
  now(): number;
  /** Tasks done. */
  steps(): number;
  after(durationMs: number, name: string, run: () => void): Task;
  /** Lets time pass, from task to task. */
  run(durationMs: number): Promise<void>;
  /** Time passes while all machines stand still, then they catch up: what fell due happens in its order, but late. */
  jump(durationMs: number): Promise<void>;
}

const START = Date.UTC(2026, 0, 15, 12);

/** @param halted asked before every task: whether time has to stand still for ever */
export function createTimeline(trace: Trace, halted: () => boolean): Timeline {
  // Latest first, so that the next one is taken off the end; of equals the one planned first is nearer to the end.
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

/** Resolves once everything that was ready to run has run: nothing in a run waits for more than promises. */
function recorded(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
