import { isAnswer } from "./errors.ts";

/** Statements under way at once: while they run, what comes in waits for the next one, and shares its commit. */
const LANES = 2;
/** Asked in one statement: it holds their rows until all are answered. */
const BATCH = 50;

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: one statement, and one sync of the disk, for all that came in while those before it ran.
 *
 * @param ask the statement, which answers in the order of its questions
 * @param name of the row that a question locks: everybody locks in this order, so that two statements do not wait for each other
 */
export function createGroup<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  name: (question: Question) => string,
): (question: Question) => Promise<Answer> {
  type Asked = Waiting<Question, Answer>;
  const byName = (a: Asked, b: Asked) => (name(a.question) < name(b.question) ? -1 : 1);
  let waiting: Asked[] = [];
  let lanes = 0;

  async function run(): Promise<void> {
    lanes++;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await answer(batch.sort(byName));
    }
    lanes--;
  }

  async function answer(batch: readonly Asked[]): Promise<void> {
    try {
      const answers = await ask(batch.map(({ question }) => question));
      for (const [at, { resolve }] of batch.entries()) resolve(answers[at]!);
    } catch (error) {
      // One of them is at fault, and nothing is written: each alone, so that it fails alone.
      if (batch.length > 1 && isAnswer(error)) await Promise.all(batch.map((single) => answer([single])));
      else refuse(batch, error);
    }
  }

  /** Whoever waits behind a statement that nobody answered would wait as long again: a gateway has no such patience. */
  function refuse(batch: readonly Asked[], error: unknown): void {
    const others = isAnswer(error) ? [] : waiting;
    if (others.length > 0) waiting = [];
    for (const { reject } of [...batch, ...others]) reject(error);
  }

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (lanes < LANES) void run();
    });
}
