import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Versions of all packages move together. */
export function ownVersion(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../package.json"), "utf8"),
  );
  return manifest.version;
}
