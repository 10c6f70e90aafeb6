import { failure, type SimulatorFailureCode } from "./failure.ts";

/** A field of an object that comes from outside. */
export interface Field {
  readonly name: string;
  readonly isRequired: boolean;
  /** What the value must be, in words that follow "must be". */
  readonly must: string;
  readonly fits: (value: unknown) => boolean;
  /** The possible values, for forms. */
  readonly choices?: readonly (string | number)[];
}

/** The fields of each kind of a discriminated union. */
export type Kinds<K extends string = string> = Readonly<Record<K, readonly Field[]>>;

export function whole(name: string, isRequired: boolean, least: number, most: number): Field {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return { name, isRequired, must: `a whole number from ${least} to ${most}`, fits };
}

export function choice(name: string, isRequired: boolean, choices: readonly (string | number)[]): Field {
  const must = `one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`;
  return { name, isRequired, must, fits: (value) => choices.some((one) => one === value), choices };
}

/**
 * Reads a member of a discriminated union on `kind`. Throws a failure with `code` that names the field and what it must be,
 * never its value.
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
  for (const { fits, must, name, isRequired } of fields) {
    const isFit = given[name] === undefined ? !isRequired : fits(given[name]);
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
  throw failure(code, `${at} has an unknown field; the known fields are ${names.join(", ")}`);
}

export function wrong(code: SimulatorFailureCode, at: string, must: string): Error {
  return failure(code, `${at} must be ${must}`);
}
