import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

/** Runs a command, which has to end before it starts anything. */
function run(file: string, ...args: readonly string[]) {
  const all = ["--conditions=@pay/source", file, ...args];
  const { status, stderr, stdout } = spawnSync(process.execPath, all, { cwd: ROOT, encoding: "utf8", timeout: 30_000 });
  return { status, stdout, stderr };
}

const NONE = "without arguments";
const COMMANDS: readonly (readonly [file: string, usage: string])[] = [
  ["scripts/simulate.ts", "simulate [--seeds N"],
  ["scripts/crash-test.ts", "crash-test [--kills N"],
  ["scripts/outage-test.ts", "outage-test [--seconds N"],
  ["scripts/fault-test.ts", "fault-test [--most N"],
  ["bench/main.ts", "pnpm bench [name …]"],
  ["bench/scale/main.ts", "pnpm bench:scale [--store"],
  ["bench/scale/instances.ts", NONE],
  ["bench/report.ts", NONE],
  ["scripts/screenshots.ts", NONE],
  ["scripts/docs.ts", NONE],
  ["scripts/check-packages.ts", NONE],
  ["scripts/check-quickstart.ts", NONE],
  ["scripts/check-new-adapter.ts", NONE],
];

describe.each(COMMANDS)("%s", (file, usage) => {
  // The dashes are those that pnpm hands on.
  it("says its usage for -- --help", () => {
    const { status, stderr, stdout } = run(file, "--", "--help");
    expect([status, stderr, stdout.startsWith("usage: ") && stdout.includes(usage)]).toEqual([0, "", true]);
  });

  it("refuses an unknown option with one line and its usage", () => {
    const { status, stderr, stdout } = run(file, "--nope");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Unknown option '--nope'.*\nusage: /);
    expect(stderr).toContain(usage);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("a wrong value", () => {
  it.each([
    ["scripts/simulate.ts", ["--seeds", "0"], "--seeds must be a whole number, 1 or more."],
    ["scripts/simulate.ts", ["--seed", "-1"], "Option '--seed' argument is ambiguous."],
    ["scripts/simulate.ts", ["--seed"], "Option '--seed <value>' argument missing"],
    ["scripts/crash-test.ts", ["--kills", "1.5"], "--kills must be a whole number, 1 or more."],
    ["scripts/crash-test.ts", ["--store", "mysql"], "--store must be sqlite or postgres."],
    ["scripts/outage-test.ts", ["--seconds", "x"], "--seconds must be a whole number, 1 or more."],
    ["scripts/fault-test.ts", ["--most", ""], "--most must be a whole number, 1 or more."],
    ["bench/main.ts", ["--pairs", "0x5"], "--pairs must be a whole number, 1 or more."],
    ["bench/main.ts", ["nope"], "Each name must be one of the names below."],
    ["bench/main.ts", ["--json"], "Option '--json <value>' argument missing"],
    ["bench/scale/main.ts", ["--sizes", "1,,2"], "--sizes must be whole numbers, 1 or more, with commas between them."],
    ["bench/scale/main.ts", ["--store", "mysql"], "--store must be sqlite or postgres."],
    ["scripts/docs.ts", ["all"], "Unexpected argument 'all'."],
  ])("is refused with one line and the usage: %s %j", (file, args, line) => {
    const { status, stderr, stdout } = run(file, ...args);
    expect([status, stdout, stderr.startsWith(line)]).toEqual([2, "", true]);
    expect(stderr).toMatch(/^usage: /m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
