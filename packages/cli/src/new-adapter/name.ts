import { builtinModules } from "node:module";
import { PayError } from "@pay/core";

/** The names of files and code that follow from a package name. */
export interface AdapterName {
  /** As in `package.json`, e.g. `@shop/pay-my-gateway`. */
  readonly package: string;
  /** The package's folder: the name without its scope, e.g. `pay-my-gateway`. In Pay's workspace the folder is named like `gateway`. */
  readonly folder: string;
  /** The provider's name and its file: without `pay-`, e.g. `my-gateway`. */
  readonly gateway: string;
  /** e.g. `myGateway` */
  readonly factory: string;
  /** The beginning of type names, e.g. `MyGateway`. */
  readonly type: string;
}

/** Longer names break the formatting of the generated lines. */
const LONGEST = 25;
const NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

const RESERVED: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/**
 * @param taken names that the generated code already uses
 * @throws PayError `INVALID_REQUEST` with the rule that the name breaks
 */
export function readName(given: string, taken: ReadonlySet<string>): AdapterName {
  if (/[A-Z]/.test(given)) throw invalid("must be in lower case, which npm requires");
  const folder = given.slice(given.lastIndexOf("/") + 1);
  if (/^\d/.test(folder)) throw invalid("must begin with a letter, because it names a function");
  if (!NAME.test(given) || given.length > 214) {
    throw invalid(
      "must be a package name such as my-gateway or @shop/pay-my-gateway, its last part of letters, digits and single dashes",
    );
  }
  const gateway = folder.replace(/^pay-/, "");
  if (!/^[a-z]/.test(gateway)) throw invalid("must have a letter after pay-, because it names a function");
  if (gateway.length > LONGEST) throw invalid(`must have at most ${LONGEST} characters in its last part, without pay-`);
  const factory = gateway.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (gateway === "index" || taken.has(factory)) {
    throw invalid("must not be a name that the generated code already uses");
  }
  if (RESERVED.has(factory) || factory in globalThis || builtinModules.includes(given)) {
    throw invalid("must not be a word of JavaScript or a module of Node.js");
  }
  return { package: given, folder, gateway, factory, type: `${factory[0]!.toUpperCase()}${factory.slice(1)}` };
}

function invalid(mustBe: string): PayError {
  return new PayError("INVALID_REQUEST", `The name ${mustBe}.`, { field: "name" });
}
