import { isAnswer } from "./errors.ts";

/** Statements that run at once. Questions that arrive meanwhile wait for the next statement and share its commit. */
const LANES = 2;
/** Most questions of one statement, which locks the rows of all of them until it ends. */
const BATCH = 50;

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: one statement, and one sync of the disk, for all questions that arrived while earlier statements ran.
 *
 * @param run runs the statement and returns the answers in the order of the questions
 * @param name of the row that a question locks. Every statement locks in this order, so that no two wait for each other
 */
export function createGroup<Question, Answer>(
  run: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  name: (question: Question) => string,
): (question: Question) => Promise<Answer> {
  type Member = Waiting<Question, Answer>;
  const byName = (a: Member, b: Member) => (name(a.question) < name(b.question) ? -1 : 1);
  let waiting: Member[] = [];
  let lanes = 0;

  async function work(): Promise<void> {
    lanes++;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await answer(batch.sort(byName));
    }
    lanes--;
  }

  async function answer(batch: readonly Member[]): Promise<void> {
    try {
      const answers = await run(batch.map(({ question }) => question));
      for (const [at, { resolve }] of batch.entries()) resolve(answers[at]!);
    } catch (error) {
      // One question is at fault, and nothing was written. Each is repeated alone, so that only that one fails.
      if (batch.length > 1 && isAnswer(error)) await Promise.all(batch.map((single) => answer([single])));
      else refuse(batch, error);
    }
  }

  /** If the server did not answer, the waiting questions are rejected too: waiting as long again would exceed a gateway's timeout. */
  function refuse(batch: readonly Member[], error: unknown): void {
    const others = isAnswer(error) ? [] : waiting;
    if (others.length > 0) waiting = [];
    for (const { reject } of [...batch, ...others]) reject(error);
  }

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (lanes < LANES) void work();
    });
}
