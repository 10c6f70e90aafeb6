import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { PayError } from "@pay/core";
import { failureOf } from "./describe-failure.ts";
import { filePathOf } from "./file-path.ts";
import { parseJsonc } from "./parse-jsonc.ts";

/** Node strips the types of TypeScript. */
const MODULES: readonly string[] = [".ts", ".mts", ".js", ".mjs"];
const TEXTS: readonly string[] = [".json", ".jsonc"];

/**
 * The configuration as it is written in a file, with its references unresolved and nothing checked. `loadConfig` and `loadPay` read
 * files themselves; this is for programs that look at the file first.
 *
 * @param file path or `file:` URL
 * @throws PayError `INVALID_CONFIG` with the file's path and the position of the mistake, and none of its content
 */
export async function readConfig(file: string | URL): Promise<object> {
  const path = filePathOf(file, "config");
  const extension = extname(path);
  if (![...MODULES, ...TEXTS].includes(extension)) {
    // The text of a configuration may have been passed in place of its path, so the message does not show it.
    const endings = [...TEXTS, ...MODULES].join(", ");
    throw new PayError("INVALID_CONFIG", `config must be an object or the path of a file; it must end in ${endings}.`, {
      field: "config",
    });
  }
  if (!existsSync(path)) throw unusable(path, "does not exist");
  return MODULES.includes(extension) ? readModule(path) : readText(path);
}

async function readModule(path: string): Promise<object> {
  let content: object | undefined;
  try {
    const module: { readonly default?: object | Promise<object> } = await import(pathToFileURL(path).href);
    // A module that reads a vault first can only export a promise.
    content = await module.default;
  } catch (error) {
    throw unusable(path, "failed to load", error, "; run it on its own to see why");
  }
  if (content === undefined) throw unusable(path, "has no default export");
  return content;
}

function readText(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw unusable(path, "cannot be read", error);
  }
  const parsed = parseJsonc(text);
  if ("problem" in parsed) throw unusable(path, parsed.problem);
  return parsed.value;
}

/** Shows only class and code of the underlying error, because its text may quote the file with its secrets. */
function unusable(path: string, problem: string, error?: unknown, remedy = ""): PayError {
  const failure = error === undefined ? undefined : failureOf(error);
  const shown = failure === undefined ? "" : ` (${failure.text})`;
  return new PayError("INVALID_CONFIG", `The configuration ${path} ${problem}${shown}${remedy}.`, {
    field: "config",
    cause: failure?.cause,
  });
}
