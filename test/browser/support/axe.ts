import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN = 'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)';

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Violations of accessibility that keep people from using a page, in words; empty when there are none. */
export async function axe(page: Page): Promise<readonly string[]> {
  // Evaluated, not added as a script: that the page's policy forbids.
  await page.evaluate(SOURCE);
  const violations = (await page.evaluate(RUN)) as readonly Violation[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ help, id, nodes }) =>
      nodes.map(({ failureSummary = "", html }) => `${id}: ${help}\n${html}\n${failureSummary}`),
    );
}
