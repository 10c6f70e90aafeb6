import { relative } from "node:path";
import type { MadeAdapter } from "./make.ts";

const GUIDE = "docs/writing-an-adapter.md";

/** The list of files and the next steps. */
export function report(made: MadeAdapter, from: string): string {
  const folder = relative(from, made.folder) || ".";
  return [
    `Made ${folder}`,
    ...made.files.map((file) => `  ${file}`),
    "",
    "It passes its type check, lint and contract test as it stands. See that for yourself:",
    ...(made.workspace === undefined ? alone(folder) : inside(relative(made.workspace, made.folder))),
    "",
    `Then replace the made-up gateway, with your gateway's document at hand: "Replace" in src/${made.gateway}.ts marks where, and`,
    "test/fixtures.ts takes the document's examples. The guide:",
    `  ${made.workspace === undefined ? `https://github.com/pay/pay/blob/main/${GUIDE}` : GUIDE}`,
    "",
  ].join("\n");
}

function alone(folder: string): readonly string[] {
  const enter = folder === "." ? [] : [`  cd ${folder}`];
  return [
    ...enter,
    "  npm install",
    "  npm run typecheck && npm run lint && npm test",
    "If npm does not find @pay/core, install it from a clone of Pay; the guide says how.",
  ];
}

function inside(folder: string): readonly string[] {
  return [
    `  name ${folder} in tsconfig.json, tsconfig.tests.json and test/import-table.test.ts, as its neighbours are; then`,
    "  npx -y pnpm@12 install",
    `  npx -y pnpm@12 typecheck && npx -y pnpm@12 lint && npx -y pnpm@12 test ${folder}`,
  ];
}
