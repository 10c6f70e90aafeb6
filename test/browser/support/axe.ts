import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * Violations of accessibility that keep people from using a page, as text; empty if there are none.
 *
 * @param rules names of the only rules to check. @default all
 */
export async function axe(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  // Evaluated, since the page's policy forbids adding a script.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(SOURCE);
  const run = `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`;
  const violations = (await page.evaluate(run)) as readonly Violation[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ help, id, nodes }) =>
      nodes.map(({ failureSummary = "", html }) => `${id}: ${help}\n${html}\n${failureSummary}`),
    );
}

/** Checks light and dark colours. Only the contrast differs between them. */
export async function axeInAllColours(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: "light" });
  const light = await axe(page);
  await page.emulateMedia({ colorScheme: "dark" });
  return [...light, ...(await axe(page, ["color-contrast"]))];
}
