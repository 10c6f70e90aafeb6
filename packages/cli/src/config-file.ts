import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { PayError } from "@pay/core";
import { readConfigText } from "./config-text.ts";

/** Modules, whose default export is the configuration. Node strips the types of TypeScript. */
const MODULES: readonly string[] = [".ts", ".mts", ".js", ".mjs"];
const TEXTS: readonly string[] = [".json", ".jsonc"];
/** As classes and the codes of Node look. */
const TAG = /^[A-Za-z][A-Za-z_]{0,49}$/;

/** The configuration as it was written. Of what is wrong only the place is told. */
export async function readConfig(path: string): Promise<object> {
  const extension = extname(path);
  if (![...MODULES, ...TEXTS].includes(extension)) {
    throw unusable(path, `must end in ${[...TEXTS, ...MODULES].join(", ")}`);
  }
  if (!existsSync(path)) throw unusable(path, "is not there");
  return MODULES.includes(extension) ? readModule(path) : readText(path);
}

async function readModule(path: string): Promise<object> {
  let content: object | undefined;
  try {
    const module: { readonly default?: object | Promise<object> } = await import(pathToFileURL(path).href);
    // It may be a promise: what has to be asked for first, a vault for example, has no other place than this.
    content = await module.default;
  } catch (error) {
    throw unusable(path, "failed on load", error, "; run it by itself to see why");
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
  const read = readConfigText(text);
  if ("problem" in read) throw unusable(path, read.problem);
  return read.value;
}

/** Of what lies underneath class and code are told: its text may quote the file, secrets and all. */
function unusable(path: string, what: string, error?: unknown, remedy = ""): PayError {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const tags = [name, code].filter((tag) => typeof tag === "string" && TAG.test(tag)) as string[];
  const shown = tags.length === 0 ? "" : ` (${tags.join(", ")})`;
  return new PayError("INVALID_CONFIG", `The configuration ${path} ${what}${shown}${remedy}.`, {
    field: "config",
    cause:
      error === undefined
        ? undefined
        : Object.assign(new Error(tags.at(-1) ?? "It failed."), tags[0] && { name: tags[0] }),
  });
}
