import { it } from "@jest/globals";

const LONG = process.env.PAY_TEST_LONG === "1";

/** What runs a check of the store contract. The long form runs every one of them; they take more than a minute on PostgreSQL. */
export type Run = (name: string, run: () => Promise<void>) => void;

/** All checks but most of the random sequences, which take half of the time: the memory store and SQLite have all of them. */
export const check: Run = (name, run) => {
  if (LONG || !/seeds [1-8]1 to/.test(name)) it(name, run);
};

/** The checks that a pooler could make fail: a random sequence, which calls every method, and what happens at once, on several connections. */
export const checkOfConnections: Run = (name, run) => {
  if (LONG || /seeds 1 to|at once|same moment|closes/.test(name)) it(name, run);
};
