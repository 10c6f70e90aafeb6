import { relative, sep } from "node:path";
import { ownVersion } from "../own-version.ts";
import type { AdapterName } from "./name.ts";
import type { Place } from "./place.ts";
import type { PackageFile } from "./template.ts";

/** Replaces the placeholders of the files. One pass replaces all of them, because a name may itself contain a placeholder. */
export function render(files: readonly PackageFile[], name: AdapterName, place: Place): readonly PackageFile[] {
  const values = new Map(replacements(name, place));
  const placeholders = new RegExp([...values.keys()].map((one) => one.replaceAll(".", "\\.")).join("|"), "g");
  const replaced = (text: string) => text.replace(placeholders, (found) => values.get(found)!);
  return files.map(({ path, text }) => ({ path: replaced(path), text: replaced(text) }));
}

function replacements(name: AdapterName, place: Place): readonly (readonly [placeholder: string, value: string])[] {
  return [
    // The formatter sorts what a file exports.
    [
      "adapter, templateGateway",
      ["adapter", name.factory].sort((one, other) => one.localeCompare(other, "en")).join(", "),
    ],
    ["template-package", name.package],
    ["template-gateway", name.gateway],
    ["templateGateway", name.factory],
    ["TemplateGateway", name.type],
    ["template-commands", commands(place)],
    ["0.0.0-template", ownVersion()],
    ...workspaceReplacements(place),
  ];
}

/** The workspace has one test runner, and some paths lead up to its root. */
function workspaceReplacements({ folder, workspace }: Place): readonly (readonly [string, string])[] {
  if (workspace === undefined) return [];
  return [
    ["template-root", posix(relative(folder, workspace))],
    ['"node:test"', '"@jest/globals"'],
  ];
}

function commands({ folder, workspace }: Place): string {
  const all =
    workspace === undefined
      ? ["npm test", "npm run typecheck", "npm run lint", "npm run format", "npm run build"]
      : [
          `npx -y pnpm@12 test ${posix(relative(workspace, folder))}`,
          "npx -y pnpm@12 typecheck",
          "npx -y pnpm@12 lint",
        ];
  return all.map((command) => `- \`${command}\``).join("\n");
}

function posix(path: string): string {
  return path.split(sep).join("/");
}
