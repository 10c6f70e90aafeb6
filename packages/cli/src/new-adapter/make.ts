import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readName } from "./name.ts";
import { findPlace, type Place } from "./place.ts";
import { render } from "./render.ts";
import { namesIn, readTemplate } from "./template.ts";

/** The files that were made, and their place. */
export interface MadeAdapter extends Place {
  readonly gateway: string;
  /** Paths within the folder. */
  readonly files: readonly string[];
}

/**
 * Makes the package of a new adapter in a folder of its own.
 *
 * @param into folder in which the package's folder is made
 * @throws PayError `INVALID_REQUEST` before anything is written
 */
export function makeAdapter(given: string, into: string): MadeAdapter {
  const name = readName(given, namesIn(readTemplate("alone")));
  const place = findPlace(into, name);
  const files = render(readTemplate(place.workspace === undefined ? "alone" : "workspace"), name, place);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(place.folder, path)), { recursive: true });
    writeFileSync(join(place.folder, path), text, { flag: "wx" });
  }
  return { ...place, gateway: name.gateway, files: files.map(({ path }) => path) };
}
