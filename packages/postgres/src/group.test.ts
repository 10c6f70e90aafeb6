import { describe, expect, it } from "@jest/globals";
import { createGroup } from "./group.ts";

/** A server that answers each statement when the test lets it. */
function createServer() {
  const asked: string[][] = [];
  const pending: PromiseWithResolvers<void>[] = [];
  const broken = new Map<string, unknown>();
  const ask = async (questions: readonly string[]) => {
    const held = Promise.withResolvers<void>();
    asked.push([...questions]);
    pending.push(held);
    await held.promise;
    for (const question of questions) if (broken.has(question)) throw broken.get(question);
    return questions.map((question) => question.toUpperCase());
  };
  async function answer(): Promise<void> {
    pending.shift()?.resolve();
    await new Promise(setImmediate);
  }
  return { asked, answer, broken, group: createGroup(ask, (question) => question) };
}

const failed = (code: string) => Object.assign(new Error("it"), { code });

describe("a group", () => {
  it("asks at once while two statements run, and the rest together when one of them ends, in the order of their names", async () => {
    const { answer, asked, group } = createServer();
    const answers = Promise.all(["b", "a", "d", "c", "e"].map(group));
    expect(asked).toEqual([["b"], ["a"]]);
    await answer();
    expect(asked).toEqual([["b"], ["a"], ["c", "d", "e"]]);
    await answer();
    await answer();
    expect(await answers).toEqual(["B", "A", "D", "C", "E"]);
    void group("f");
    expect(asked).toHaveLength(4);
  });

  it("asks for 50 at most in one statement", async () => {
    const { answer, asked, group } = createServer();
    const answers = Promise.all(Array.from({ length: 60 }, (_, n) => group(`q${n}`)));
    while (asked.flat().length < 60) await answer();
    expect(asked.map((list) => list.length)).toEqual([1, 1, 50, 8]);
    await answer();
    await answer();
    expect(new Set(await answers).size).toBe(60);
  });

  it("asks each alone where the server refuses them together, so that one fails alone", async () => {
    const { answer, asked, broken, group } = createServer();
    const conflict = failed("23505");
    broken.set("d", conflict);
    const answers = Promise.allSettled(["a", "b", "c", "d", "e"].map(group));
    for (let n = 0; n < 6; n++) await answer();
    expect(asked.slice(2)).toEqual([["c", "d", "e"], ["c"], ["d"], ["e"]]);
    expect((await answers).map((result) => (result.status === "fulfilled" ? result.value : result.reason))).toEqual([
      "A",
      "B",
      "C",
      conflict,
      "E",
    ]);
  });

  it("splits what waits for a row too long, and what was canceled", async () => {
    for (const code of ["55P03", "57014", "P0001"]) {
      const { answer, asked, broken, group } = createServer();
      broken.set("d", failed(code));
      const answers = Promise.allSettled(["a", "b", "c", "d"].map(group));
      for (let n = 0; n < 5; n++) await answer();
      expect(asked).toHaveLength(5);
      expect((await answers).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
    }
  });

  it("keeps nobody waiting behind a statement that got no answer", async () => {
    const { answer, asked, broken, group } = createServer();
    broken.set("a", new Error("Query read timeout"));
    const answers = Promise.allSettled(["a", "b", "c", "d"].map(group));
    await answer();
    expect(asked).toEqual([["a"], ["b"]]);
    await answer();
    expect((await answers).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "rejected"]);
  });

  it.each([
    ["a connection that broke", failed("EPIPE")],
    ["a connection that the server gave up", failed("08006")],
    ["a server that shuts down", failed("57P01")],
    ["a time that is over", new Error("Query read timeout")],
  ])("does not ask again after %s: whether it was written is not known", async (_, error) => {
    const { answer, asked, broken, group } = createServer();
    broken.set("d", error);
    const answers = Promise.allSettled(["a", "b", "c", "d"].map(group));
    for (let n = 0; n < 3; n++) await answer();
    expect(asked).toHaveLength(3);
    const reasons = (await answers).map((result) => (result.status === "rejected" ? result.reason : undefined));
    expect(reasons).toEqual([undefined, undefined, error, error]);
    const next = group("x");
    await answer();
    expect(await next).toBe("X");
  });
});
