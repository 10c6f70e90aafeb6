import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { differences } from "./expectations.ts";
import { PURCHASES, purchase, type Story } from "./purchase.ts";
import { type Stage, startDemo } from "./stage.ts";
import { timeline } from "./timeline.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

function pay(args: readonly string[], env: Record<string, string> = {}): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, ["--conditions=@pay/source", MAIN, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Everything a process prints, and how it ends. */
async function outcome(child: ReturnType<typeof pay>) {
  const [[code], out, err] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}

describe("pay demo", () => {
  it("buys through both gateways, tells what happened, and ends with 0", async () => {
    const { code, out, err } = await outcome(pay(["demo", "--once"]));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("GOSetti.pl PaySafeCard (1 of 2)");
    expect(out).toContain("Sellly (2 of 2)");
    expect(out.match(/pending → succeeded/g)).toHaveLength(2);
    expect(out.match(/payment\.succeeded evt_\w+ → deliver-order: delivered/g)).toHaveLength(2);
    expect(out).toMatch(/reply {4}200 {2}OK {3}accepted/);
    expect(out.match(/"Finished":true}/g)).toHaveLength(3);
    expect(out).not.toContain("DIFFERS");
  });

  it("shows no secret, no token and no address of the buyer", async () => {
    const { out } = await outcome(pay(["demo", "--once"]));
    expect(out).not.toMatch(/[0-9a-f]{64}|buyer@example\.com|buyer%40example/);
    expect(out).not.toMatch(/\.[\w-]{43}\b/);
    expect(out).toContain("secret_key=…&");
    expect(out).toContain("email=…&");
  });

  it("leaves the shop open until Ctrl-C, then ends with 0 and removes its database", async () => {
    const child = pay(["demo"]);
    let out = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      out += chunk;
      if (out.includes("Ctrl-C")) break;
    }
    const shop = /The shop is open: (\S+)/.exec(out)?.[1] ?? "";
    const database = /database {4}(\S+)/.exec(out)?.[1] ?? "";
    const page = await fetch(`${shop}/?lang=pl`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Zamawiam z obowiązkiem zapłaty");
    expect(existsSync(database)).toBe(true);
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    expect(existsSync(database)).toBe(false);
  });

  it("ends where it cannot start, and leaves nothing open", async () => {
    // As on a Node.js without SQLite.
    const { code, err } = await outcome(pay(["demo"], { NODE_OPTIONS: "--no-experimental-sqlite" }));
    expect(code).toBe(1);
    expect(err).toContain("The demo cannot start");
    expect(err).toContain("needs a newer Node.js");
  });

  it("refuses to run in production", async () => {
    const { code, err } = await outcome(pay(["demo", "--once"], { NODE_ENV: "production" }));
    expect(code).toBe(1);
    expect(err).toContain("NODE_ENV=production");
  });
});

describe("what the demo expects", () => {
  let stage: Stage;
  let stories: readonly Story[];

  beforeAll(async () => {
    stage = await startDemo();
    stories = [];
    for (const plan of PURCHASES) stories = [...stories, await purchase(stage, plan)];
  });

  afterAll(() => stage.close());

  it("holds for both purchases", () => {
    expect(stories.flatMap(differences)).toEqual([]);
  });

  it.each<[string, (story: Story) => Story]>([
    ["a state", (story) => ({ ...story, payment: { ...story.payment, state: "failed" } })],
    ["the way there", (story) => ({ ...story, history: story.history.slice(1) })],
    ["a second event", (story) => ({ ...story, heard: [...story.heard, ...story.heard] })],
    [
      "another event",
      (story) => ({ ...story, heard: story.heard.map((event) => ({ ...event, type: "payment.failed" })) }),
    ],
    ["a callback too few", (story) => ({ ...story, callbacks: story.callbacks.slice(1) })],
    [
      "an answer that is not accepted",
      (story) => ({ ...story, callbacks: story.callbacks.map((one) => ({ ...one, verdict: { kind: "aborted" } })) }),
    ],
    ["a delivery that did not end", (story) => ({ ...story, deliveries: [] })],
  ])("notices %s that differs", (_, change) => {
    for (const story of stories) expect(differences(change(story))).not.toEqual([]);
  });

  it("notices a PaySafeCard buyer who was sent elsewhere", () => {
    const [psc] = stories;
    expect(psc && differences({ ...psc, returnedTo: "https://elsewhere.example/" })).toEqual([
      "the buyer was not sent to the payment's return page",
    ]);
  });

  it("is told in order of time", () => {
    for (const story of stories) {
      const times = [...timeline(story).matchAll(/\+(\d+) ms/g)].map(([, time]) => Number(time));
      expect(times.length).toBeGreaterThan(5);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });
});
