import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const MAIN = join(import.meta.dirname, "main.ts");

it("says its version", () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  const { status, stdout } = spawnSync(process.execPath, ["--conditions=@pay/source", MAIN, "--version"], {
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([0, `${version}\n`]);
});
