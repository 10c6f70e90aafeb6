import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * Reads the arguments of a command as `parseArgs` does. `--help` ends the process with the usage, and an unknown option or one without its
 * value ends it with one line about it and the usage, before anything starts.
 */
export function argsOf<const C extends ParseArgsConfig>(usage: string, config: C): ReturnType<typeof parseArgs<C>> {
  const given = process.argv.slice(2);
  // pnpm hands on the two dashes of `pnpm bench -- --short`.
  const args = given[0] === "--" ? given.slice(1) : given;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(`usage: ${usage}`);
    process.exit(0);
  }
  try {
    return parseArgs<C>({ ...config, args });
  } catch (error) {
    return refuse(usage, (error as Error).message);
  }
}

/** Ends the process, with what is wrong and the usage. */
export function refuse(usage: string, problem: string): never {
  console.error(`${problem}\nusage: ${usage}`);
  process.exit(2);
}

/** The number that a text says; `undefined` if it is not whole, or less than `least`. */
export function wholeNumber(text: string, least: number): number | undefined {
  return /^[0-9]{1,9}$/.test(text) && Number(text) >= least ? Number(text) : undefined;
}

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
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: "string" as const }]));
  const given: Readonly<Record<string, unknown>> = argsOf(usage, { options }).values;
  const values: Readonly<Record<string, unknown>> = { ...defaults, ...given };
  for (const name of numbers) {
    const value = values[name];
    const least = name === "seed" ? 0 : 1;
    if (value !== undefined && wholeNumber(String(value), least) === undefined) {
      refuse(usage, `--${name} must be a whole number, ${least} or more.`);
    }
  }
  return values as never;
}
