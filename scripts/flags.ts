import { parseArgs } from "node:util";

/**
 * Reads the flags of a campaign, as texts. Numbers are whole and start at 1, seeds at 0. Any other value ends the process with its usage,
 * before anything starts.
 *
 * @param defaults by name of the flag; `undefined` for an optional flag
 */
export function flagsOf<const D extends Readonly<Record<string, string | undefined>>>(
  usage: string,
  defaults: D,
  numbers: readonly (keyof D & string)[],
): { readonly [K in keyof D]: D[K] extends string ? string : string | undefined } {
  const refuse = (): never => {
    console.error(`usage: ${usage}`);
    process.exit(2);
  };
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: "string" as const }]));
  let given: Readonly<Record<string, string | undefined>> = {};
  try {
    given = parseArgs({ options }).values;
  } catch {
    refuse();
  }
  const values = { ...defaults, ...given };
  for (const name of numbers) {
    const value = values[name];
    const least = name === "seed" ? 0 : 1;
    if (value !== undefined && (!/^[0-9]{1,9}$/.test(value) || Number(value) < least)) refuse();
  }
  return values as never;
}
