// Writes the JSON Schema of configuration files, by which editors complete them, from the schemas the adapters publish.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as gosettiPsc from "@pay/gosetti-psc";
import * as sellly from "@pay/sellly";
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { ROOT } from "./packages.ts";

type Json = Readonly<Record<string, unknown>>;

export const SCHEMA_PATH: string = join(ROOT, "packages/cli/pay.schema.json");

const ADAPTERS = { "@pay/gosetti-psc": gosettiPsc.adapter, "@pay/sellly": sellly.adapter };

const NAME: Json = { type: "string", minLength: 1 };
const REFERENCE: Json = {
  description:
    "A text, or a whole number, kept elsewhere: in a variable of the environment, or in a file, from this one's place.",
  oneOf: [
    { type: "object", properties: { env: NAME }, required: ["env"], additionalProperties: false },
    { type: "object", properties: { file: NAME }, required: ["file"], additionalProperties: false },
  ],
};
const TEXT: Json = { anyOf: [{ type: "string" }, { $ref: "#/$defs/reference" }] };

/** The schema, as it stands in the package. */
export function configSchema(): Json {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Pay",
    type: "object",
    properties: {
      $schema: { type: "string" },
      providers: {
        description: "Gateways by name. Two accounts of one gateway are two entries.",
        type: "object",
        minProperties: 1,
        additionalProperties: { anyOf: [...Object.entries(ADAPTERS).map(provider), strangers()] },
      },
      default: { description: "The provider of checkouts that name none.", ...TEXT },
      store: {
        description:
          'Where payments are kept, e.g. "sqlite:pay.db" or "postgres://user@host/database"; "memory:" for tests only.',
        ...TEXT,
      },
      baseUrl: { description: "Public address of Pay, e.g. https://shop.example/pay", ...TEXT },
      secret: {
        description: "Random text of at least 32 characters; several for rotation: the first signs, all verify.",
        anyOf: [...(TEXT.anyOf as Json[]), { type: "array", items: TEXT, minItems: 1 }],
      },
      allowStranded: { description: "Start although open payments have no provider any more.", type: "boolean" },
    },
    required: ["providers", "store", "baseUrl", "secret"],
    additionalProperties: false,
    $defs: { reference: REFERENCE },
  };
}

const COMMON = {
  retired: { description: "Receives what concerns its payments, and is not offered any more.", type: "boolean" },
};

function provider([use, { options }]: typeof ADAPTERS extends infer A ? [string, A[keyof A]] : never): Json {
  const schema = toJsonSchema(options as unknown as GenericSchema, { errorMode: "ignore", typeMode: "input" });
  const { $schema: _, properties = {}, required = [], ...rest } = schema;
  const referring = Object.entries(properties).map(([name, property]) => [name, orReference(property as Json)]);
  return {
    title: use,
    ...rest,
    properties: { use: { const: use }, ...COMMON, ...Object.fromEntries(referring) },
    required: ["use", ...required],
    additionalProperties: false,
  };
}

/** Adapters of others: their options are their own. */
function strangers(): Json {
  const use = { type: "string", not: { enum: Object.keys(ADAPTERS) } };
  return { title: "another adapter", type: "object", properties: { use, ...COMMON }, required: ["use"] };
}

/** Every option may stand elsewhere, and so may each item of a list. */
function orReference(property: Json): Json {
  return { anyOf: [withItems(property), { $ref: "#/$defs/reference" }] };
}

function withItems(property: Json): Json {
  const { anyOf, items, additionalItems } = property as Readonly<Record<string, Json | readonly Json[] | undefined>>;
  return {
    ...property,
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(withItems) }),
    ...(items && { items: Array.isArray(items) ? items.map(orReference) : orReference(items as Json) }),
    ...(additionalItems && { additionalItems: orReference(additionalItems as Json) }),
  };
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(SCHEMA_PATH, `${JSON.stringify(configSchema(), undefined, 2)}\n`);
  console.log(`Wrote ${SCHEMA_PATH}`);
}
