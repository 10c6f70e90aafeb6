import { failure, type SimulatorFailureCode } from "./failure.ts";

/** A field of an object that came from outside. */
export interface Field {
  readonly name: string;
  readonly needed: boolean;
  /** What it must be, in words that follow "must be". */
  readonly must: string;
  readonly fits: (value: unknown) => boolean;
  /** The values there are to choose from, for forms. */
  readonly choices?: readonly (string | number)[];
}

/** The fields of each kind of a discriminated union. */
export type Kinds<K extends string = string> = Readonly<Record<K, readonly Field[]>>;

export function whole(name: string, needed: boolean, least: number, most: number): Field {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return { name, needed, must: `a whole number from ${least} to ${most}`, fits };
}

export function choice(name: string, needed: boolean, choices: readonly (string | number)[]): Field {
  const must = `one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`;
  return { name, needed, must, fits: (value) => choices.some((one) => one === value), choices };
}

/**
 * Reads one of a discriminated union on `kind`. Throws a failure with `code` that names the field and what it must be, never
 * what it was.
 */
export function readKind<T extends { readonly kind: string }>(
  value: unknown,
  at: string,
  kinds: Kinds<T["kind"]>,
  code: SimulatorFailureCode,
): T {
  const given = readObject(value, at, code);
  const { kind } = given;
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) {
    throw wrong(code, `${at}.kind`, `one of ${Object.keys(kinds).join(", ")}`);
  }
  const fields = kinds[kind as T["kind"]];
  onlyKnown(given, at, ["kind", ...fields.map(({ name }) => name)], code);
  for (const { fits, must, name, needed } of fields) {
    const isFit = given[name] === undefined ? !needed : fits(given[name]);
    if (!isFit) throw wrong(code, `${at}.${name}`, must);
  }
  return Object.freeze(given) as unknown as T;
}

export function readObject(value: unknown, at: string, code: SimulatorFailureCode): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw wrong(code, at, "an object");
}

export function onlyKnown(given: object, at: string, names: readonly string[], code: SimulatorFailureCode): void {
  if (Object.keys(given).every((name) => names.includes(name))) return;
  throw failure(code, `${at} has a field that there is none of; it has ${names.join(", ")}`);
}

export function wrong(code: SimulatorFailureCode, at: string, must: string): Error {
  return failure(code, `${at} must be ${must}`);
}
