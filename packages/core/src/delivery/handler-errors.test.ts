import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createDeliveryHarness as createHarness,
  failing,
  MINUTE,
  never,
  SECOND,
  SUCCEEDED,
  stopDelivering,
} from "../../test/delivery-harness.ts";

afterEach(stopDelivering);

/** The line that is stored and logged when a handler throws this. */
async function lineOf(thrown: unknown): Promise<string> {
  const harness = createHarness();
  harness.on("payment.succeeded", "vip", () => Promise.reject(thrown));
  await harness.start();
  const id = await harness.payment();
  await harness.record(id, SUCCEEDED);
  const [row] = await harness.store.deliveries(id);
  const [line, ...more] = harness.logger.lines;
  expect(more).toEqual([]);
  expect(line).toMatchObject({ level: "warn", message: "A handler failed.", fields: { handler: "vip", attempt: 1 } });
  expect(line?.fields?.error).toBe(row?.error);
  return row?.error ?? "";
}

const because = (cause: unknown, message = "no delivery") => new Error(message, { cause });

describe("the error of a handler", () => {
  it.each<[string, unknown, string]>([
    ["its causes", because(new TypeError("fetch failed")), "Error: no delivery; cause: TypeError: fetch failed"],
    [
      "the code that says more than the text",
      Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
      "AggregateError ECONNREFUSED",
    ],
    [
      "three causes at most",
      because(because(because(because(because("x"))))),
      `Error: no delivery${"; cause: Error: no delivery".repeat(3)}`,
    ],
    ["a cause that is no error", because("a text"), "Error: no delivery; cause: not an Error"],
    ["a name that is none", Object.assign(new Error("no"), { name: "Jan <jan@example.com>" }), "Error: no"],
    ["a text that begins with empty lines, as Prisma's do", new Error("\n\r\n no route\nat 7"), "Error: no route"],
    [
      "a word for a refusal, which is no name",
      new Error("Unauthorized: licence ended"),
      "Error: Unauthorized: licence ended",
    ],
    ["a text that begins with a tag", new Error("[mailer] no route"), "Error: [mailer] no route"],
  ])("is stored and logged with %s", async (_, thrown, line) => {
    expect(await lineOf(thrown)).toBe(line);
  });

  it("ends although it is its own cause", async () => {
    const error = new Error("round");
    error.cause = error;
    expect(await lineOf(error)).toMatch(/^Error: round(; cause: Error: round){1,3}$/);
  });

  it.each<[string, string, string]>([
    ["an e-mail address", "no mailbox Jan.Kowalski+vip@Example.com here", "no mailbox ••• here"],
    ["a named secret", "refused apiKey=sk_live_4242&order=7", "refused apiKey=•••&order=7"],
    ["a header's value alone", "sent Bearer abc.def-1~2/3+4== twice", "sent Bearer ••• twice"],
    ["a header", "got Authorization: Bearer abc.def", "got Authorization: •••"],
    [
      "the password of an address",
      "cannot reach postgres://shop:hunter2@localhost:5432/vip",
      "cannot reach postgres://•••@localhost:5432/vip",
    ],
    [
      "a password that has the sign which ends it",
      "cannot reach postgres://shop:hun@ter2@localhost/vip",
      "cannot reach postgres://•••@localhost/vip",
    ],
    ["a quoted body", 'refused {"name":"Jan Kowalski","city":"Łódź"}', "refused •••"],
    ["a quoted page", "refused <html><body>Jan", "refused •••"],
    ["a payment's own address", `at /callbacks/psc/x/${"0".repeat(8)}.${"A".repeat(43)}`, "at /callbacks/psc/x/•••"],
    ["a value that its name gave away elsewhere", "token=hunter22&x=1 then hunter22", "token=•••&x=1 then •••"],
  ])("does not show %s, whether it is in the error or in its cause", async (_, text, shown) => {
    expect(await lineOf(new Error(text))).toBe(`Error: ${shown}`);
    expect(await lineOf(because(new Error(text)))).toBe(`Error: no delivery; cause: Error: ${shown}`);
  });

  it("shows nothing of what it is too long to search, and is cut after it was masked", async () => {
    expect(await lineOf(new Error("x".repeat(20_000)))).toBe("Error: •••");
    const long = await lineOf(new Error(`${"x".repeat(185)} jan@example.com`));
    expect(long).toBe(`Error: ${"x".repeat(185)} •••`);
    expect(
      (await lineOf(because(because(new Error("y".repeat(300)), "z".repeat(300)), "x".repeat(300)))).length,
    ).toBeLessThan(700);
  });
});

describe("the app's own listener for the errors of handlers", () => {
  it("gets the whole error with the delivery, each time", async () => {
    const heard: unknown[][] = [];
    const error = because(new TypeError("fetch failed"));
    const harness = createHarness({ onHandlerError: (...given) => heard.push(given) });
    harness.on("payment.succeeded", "vip", () => {
      throw error;
    });
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(6 * SECOND);
    const [event] = harness.events;
    expect(heard).toEqual([1, 2].map((attempt) => [error, { event, handler: "vip", attempt }]));
    expect(heard[0]?.[0]).toBe(error);
  });

  it("gets an error where none was thrown: the handler took too long", async () => {
    const heard: unknown[] = [];
    const harness = createHarness({ onHandlerError: (error) => heard.push(error) });
    harness.on("payment.succeeded", "vip", never);
    await harness.start();
    await harness.record(await harness.payment(), SUCCEEDED);
    await harness.clock.advance(30 * SECOND);
    expect(heard).toEqual([new Error("timed out")]);
  });

  it.each<[string, () => unknown]>([
    ["throws", failing()],
    ["rejects", () => Promise.reject(new Error("no"))],
    // biome-ignore lint/suspicious/noThenProperty: an app may return anything
    ["returns what cannot be awaited", () => Object.defineProperty({}, "then", { get: failing() })],
    ["never ends", never],
  ])("harms nothing when it %s", async (_, onHandlerError) => {
    const harness = createHarness({ onHandlerError });
    harness.on("payment.succeeded", "vip", failing(1));
    await harness.start();
    const id = await harness.payment();
    await harness.record(id, SUCCEEDED);
    expect(await harness.store.deliveries(id)).toMatchObject([{ status: "due", error: "Error: no" }]);
    await harness.clock.advance(MINUTE);
    expect(await harness.statuses(id)).toEqual(["vip payment.succeeded delivered"]);
  });
});
