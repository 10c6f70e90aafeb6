import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type AnyPay, type LoadOptions, loadPay as loadObject, PayError } from "@pay/core";
import { parseJSONC } from "confbox";

/** Modules, whose default export is the configuration. Node strips the types of TypeScript. */
const MODULES: readonly string[] = [".ts", ".mts", ".js", ".mjs"];
const TEXTS: readonly string[] = [".json", ".jsonc"];

/**
 * Puts a Pay together from a configuration file: JSON, which may have comments and trailing commas, or a module whose default
 * export is the configuration. Packages and paths in it are resolved from the file's place.
 *
 * @param file path of the file, e.g. `"pay.config.jsonc"`
 * @throws PayError `INVALID_CONFIG` with everything that is wrong at once, and no values
 */
export async function loadPay(file: string, options: Pick<LoadOptions, "env"> = {}): Promise<AnyPay> {
  const path = resolve(file);
  return loadObject(await read(path), { ...options, from: path });
}

async function read(path: string): Promise<object> {
  const extension = extname(path);
  if (MODULES.includes(extension)) return readModule(path);
  if (TEXTS.includes(extension)) return readText(path);
  throw unusable(path, `must end in ${[...TEXTS, ...MODULES].join(", ")}`);
}

async function readModule(path: string): Promise<object> {
  let content: { readonly default?: object };
  try {
    content = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw unusable(path, "is missing, or cannot be imported; run it by itself to see why", cause);
  }
  if (content.default === undefined) throw unusable(path, "has no default export");
  return content.default;
}

function readText(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw unusable(path, "cannot be read", cause);
  }
  try {
    return parseJSONC<object>(text, { allowTrailingComma: true });
  } catch {
    // The parser's own error quotes the file, secrets and all.
    throw unusable(path, "is not JSON");
  }
}

function unusable(path: string, remedy: string, cause?: unknown): PayError {
  const code = (cause as { code?: unknown } | undefined)?.code;
  const details = typeof code === "string" ? { cause: new Error(code) } : {};
  return new PayError("INVALID_CONFIG", `The configuration ${path} ${remedy}.`, { field: "config", ...details });
}
