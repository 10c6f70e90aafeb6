import { failure } from "../failure.ts";
import { CALLBACK_KINDS, CREATE_KINDS, type Field } from "./kinds.ts";
import type { CallbackChaos, Chaos, CreateFault } from "./model.ts";

/** `to come`: the default. `made`: a payment that exists, for which create is over. */
export type ChaosTarget = "to come" | "made";

/** Checks chaos as it came from outside. Throws `bad_chaos`, which names the field and what it must be. */
export function readChaos(value: unknown, target: ChaosTarget): Chaos {
  const given = object(value, "chaos");
  onlyKnown(given, "chaos", ["callbacks", "create"]);
  const { callbacks, create } = given;
  if (callbacks !== undefined && !Array.isArray(callbacks)) throw wrong("callbacks", "a list");
  const list = callbacks?.map((one, at) => readKind<CallbackChaos>(one, `callbacks[${at}]`, CALLBACK_KINDS));
  const kinds = list?.map(({ kind }) => kind) ?? [];
  if (new Set(kinds).size < kinds.length) throw wrong("callbacks", "a list that has each kind once");
  const fault = create === undefined ? undefined : readKind<CreateFault>(create, "create", CREATE_KINDS);
  if (target === "made" && fault !== undefined) throw late("create");
  if (target === "made" && kinds.includes("early")) throw late("early");
  return Object.freeze({
    ...(list !== undefined && { callbacks: Object.freeze(list) }),
    ...(fault !== undefined && { create: fault }),
  });
}

function readKind<T extends { readonly kind: string }>(
  value: unknown,
  at: string,
  kinds: Readonly<Record<T["kind"], readonly Field[]>>,
): T {
  const given = object(value, at);
  const { kind } = given;
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) {
    throw wrong(`${at}.kind`, `one of ${Object.keys(kinds).join(", ")}`);
  }
  const fields = kinds[kind as T["kind"]];
  onlyKnown(given, at, ["kind", ...fields.map(({ name }) => name)]);
  for (const { fits, must, name, needed } of fields) {
    const isFit = given[name] === undefined ? !needed : fits(given[name]);
    if (!isFit) throw wrong(`${at}.${name}`, must);
  }
  return Object.freeze(given) as unknown as T;
}

function object(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw wrong(at, "an object");
}

function onlyKnown(given: object, at: string, names: readonly string[]): void {
  const strange = Object.keys(given).find((name) => !names.includes(name));
  if (strange !== undefined) throw failure("bad_chaos", `${at} has no field of this name; it has ${names.join(", ")}`);
}

const wrong = (at: string, must: string) => failure("bad_chaos", `${at} must be ${must}`);
const late = (what: string) =>
  failure("bad_chaos", `${what} is only for payments to come: this one has been created already`);
