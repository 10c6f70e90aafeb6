import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Child, startChild } from "./support/child.ts";
import { openDatabase } from "./support/database.ts";
import type { Span, WriterReport } from "./support/writer.child.ts";

const WRITER = join(import.meta.dirname, "support/writer.child.ts");
/** Payments that each process opens and completes, with 64 callers: about 64 commits. */
const PAYMENTS = 2000;

let folder: string;
let children: readonly Child[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pay-writers-"));
});
afterEach(async () => {
  for (const child of children) await child.end();
  rmSync(folder, { recursive: true });
});

const length = ([start, end]: Span) => end - start;
const within =
  ([start, end]: Span) =>
  ([from, to]: Span) =>
    from >= start && to <= end;
const longest = (spans: readonly Span[]) => Math.max(...spans.map(length));

describe("two processes that write to one file as fast as they can", () => {
  let path: string;
  let reports: readonly [WriterReport, WriterReport];

  async function write(): Promise<void> {
    path = join(folder, "pay.db");
    children = ["a", "b"].map((name) => startChild(WRITER, [path, name, String(PAYMENTS)]));
    for (const child of children) await child.message((message) => (message === "ready" ? true : undefined));
    for (const child of children) child.send("go");
    const [a, b] = children.map((child) => child.message((message) => message as WriterReport));
    reports = [await a!, await b!];
  }

  it("share it: neither waits long for the lock, and neither stands still while it waits", async () => {
    await write();
    const [a, b] = reports;
    // Until the faster process has no work left.
    const end = Math.min(...reports.map(({ commits }) => commits.at(-1)![1]));
    const commits = reports.map((report) => report.commits.filter(([, at]) => at <= end).length);
    const total = commits[0]! + commits[1]!;
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(own.commits.filter(([, at]) => at <= end).length / total).toBeGreaterThanOrEqual(0.25);
      const commitsDuringWait = own.waits.map((wait) => other.commits.filter(within(wait)).length);
      expect(Math.max(...commitsDuringWait)).toBeLessThanOrEqual(16);
      // Time of the disk is not time of the lock: while the other process commits, waiting is right.
      expect(longest(own.waits)).toBeLessThanOrEqual(250 + longest(other.commits));
      expect(own.longestRefusal).toBeLessThanOrEqual(250);
      expect(own.longestStall).toBeLessThanOrEqual(250 + longest(own.commits));
    }

    const { column } = openDatabase(path);
    expect(column("SELECT count(*) FROM payment WHERE state = 'succeeded' GROUP BY substr(order_id, 1, 1)")).toEqual([
      PAYMENTS,
      PAYMENTS,
    ]);
    expect(column("SELECT count(*) FROM history")).toEqual([4 * PAYMENTS]);
    expect(column("SELECT count(*) FROM inbox")).toEqual([2 * PAYMENTS]);
  });
});
