import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { providerContract } from "@pay/testkit";
import { parseYAML } from "confbox";
import { fixtures, newOtherAccount, newProvider } from "../../templates/adapter/shared/test/fixtures.ts";
import { readTemplate } from "./template.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const { catalog } = parseYAML<{ readonly catalog: Readonly<Record<string, string>> }>(
  readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8"),
);

function dependenciesOf(kind: "alone" | "workspace"): readonly (readonly [name: string, version: string])[] {
  const manifest = readTemplate(kind).find(({ path }) => path === "package.json");
  const { dependencies, devDependencies, peerDependencies } = JSON.parse(manifest?.text ?? "");
  return [dependencies, devDependencies, peerDependencies].flatMap((some) => Object.entries<string>(some));
}

describe("the template's adapter", () => {
  providerContract({ test: it, provider: newProvider, otherAccount: newOtherAccount, fixtures });
});

describe("the template's dependencies", () => {
  it("are the workspace's versions, outside of it too", () => {
    const versions = dependenciesOf("alone").map(([name, version]) => [name, version.replace(/^\^/, "")]);
    const expected = versions.map(([name = ""]) => [name, name.startsWith("@pay/") ? "0.0.0-template" : catalog[name]]);
    expect(versions.length).toBeGreaterThan(0);
    expect(versions).toEqual(expected);
  });

  it("are in the workspace's catalog, inside of it", () => {
    for (const [name, version] of dependenciesOf("workspace")) {
      if (name.startsWith("@pay/")) expect(version).toMatch(/^workspace:[*^]$/);
      else expect([version, catalog[name]]).toEqual(["catalog:", expect.any(String)]);
    }
  });
});
