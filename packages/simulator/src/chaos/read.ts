import { failure } from "../failure.ts";
import { onlyKnown, readKind, readObject, wrong } from "../fields.ts";
import { CALLBACK_KINDS, CREATE_KINDS } from "./kinds.ts";
import type { CallbackChaos, Chaos, CreateFault } from "./model.ts";

/** `to come`: the default. `made`: a payment that exists, for which create is over. */
export type ChaosTarget = "to come" | "made";

/** Checks chaos as it came from outside. Throws `bad_chaos`, which names the field and what it must be. */
export function readChaos(value: unknown, target: ChaosTarget): Chaos {
  const given = readObject(value, "chaos", "bad_chaos");
  onlyKnown(given, "chaos", ["callbacks", "create"], "bad_chaos");
  const { callbacks, create } = given;
  if (callbacks !== undefined && !Array.isArray(callbacks)) throw wrong("bad_chaos", "callbacks", "a list");
  const list = callbacks?.map((one, at) =>
    readKind<CallbackChaos>(one, `callbacks[${at}]`, CALLBACK_KINDS, "bad_chaos"),
  );
  const kinds = list?.map(({ kind }) => kind) ?? [];
  if (new Set(kinds).size < kinds.length) throw wrong("bad_chaos", "callbacks", "a list that has each kind once");
  const fault = create === undefined ? undefined : readKind<CreateFault>(create, "create", CREATE_KINDS, "bad_chaos");
  if (target === "made" && fault !== undefined) throw late("create");
  if (target === "made" && kinds.includes("early")) throw late("early");
  return Object.freeze({
    ...(list !== undefined && { callbacks: Object.freeze(list) }),
    ...(fault !== undefined && { create: fault }),
  });
}

function late(what: string): Error {
  return failure("bad_chaos", `${what} is only for payments to come: this one has been created already`);
}
