import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** A package that was imported, or why it was not, as what to do about it. */
export type Imported = { readonly module: Readonly<Record<string, unknown>> } | { readonly problem: string };

/** What a package may be called: a name of npm's, or a path from the configuration's place. */
const NAME = /^(?:@[\w.-]+\/)?[\w.-]+(?:\/[\w.-]+)*$|^\.{1,2}\/[\w./-]+$/;

/**
 * Imports what a configuration names, resolved from the configuration's place and not from Pay's.
 *
 * @param from path of a file beside which it is looked for
 */
export async function importFrom(from: string, name: string): Promise<Imported> {
  if (!NAME.test(name)) return { problem: "must be the name of a package, or a path that begins with ./" };
  let path: string;
  try {
    path = createRequire(from).resolve(name);
  } catch {
    return {
      problem: name.startsWith(".") ? `there is no file ${name}` : `${name} is not installed: npm install ${name}`,
    };
  }
  try {
    return { module: (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>> };
  } catch {
    // Its own error may quote anything.
    return { problem: `${name} is there and cannot be imported; import it by itself to see why` };
  }
}
