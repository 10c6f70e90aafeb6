// Writes the JSON Schema with which editors complete configuration files, from the schemas of the published adapters.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AdapterPackage } from "@pay/core/adapter";
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { ROOT } from "./packages.ts";
import { published } from "./published-adapters.ts";

type Json = Readonly<Record<string, unknown>>;

export const SCHEMA_PATH: string = join(ROOT, "packages/config/pay.schema.json");

const NAME: Json = { type: "string", minLength: 1 };
const REFERENCE: Json = {
  description:
    "Takes a text or a whole number from an environment variable, or from a file. Its path starts in this file's folder.",
  oneOf: [
    { type: "object", properties: { env: NAME }, required: ["env"], additionalProperties: false },
    { type: "object", properties: { file: NAME }, required: ["file"], additionalProperties: false },
  ],
};
const TEXT: Json = { anyOf: [{ type: "string" }, { $ref: "#/$defs/reference" }] };

/** The schema as published in the package. */
export async function configSchema(): Promise<Json> {
  const adapters = await published("adapter");
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
        additionalProperties: { anyOf: [...Object.entries(adapters).map(provider), strangers(Object.keys(adapters))] },
      },
      default: { description: "The provider of checkouts that do not name one.", ...TEXT },
      store: {
        description:
          'Where payments are kept, e.g. "sqlite:pay.db" or "postgres://user@host/database"; "memory:" for tests only.',
        ...TEXT,
      },
      baseUrl: { description: "Public address of Pay, e.g. https://shop.example/pay", ...TEXT },
      secret: {
        description: "Random text of at least 32 characters, or a list for rotation: the first signs, all verify.",
        anyOf: [...(TEXT.anyOf as Json[]), { type: "array", items: TEXT, minItems: 1 }],
      },
      allowStranded: { description: "Start although open payments no longer have a provider.", type: "boolean" },
    },
    required: ["providers", "store", "baseUrl", "secret"],
    additionalProperties: false,
    $defs: { reference: REFERENCE },
  };
}

const COMMON = {
  retired: {
    description: "Takes no new checkouts, but still receives callbacks for its own payments.",
    type: "boolean",
  },
};

function provider([use, { options }]: readonly [string, AdapterPackage]): Json {
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

/** Any other adapter, whose options this schema does not know. */
function strangers(known: readonly string[]): Json {
  const use = { type: "string", not: { enum: known } };
  return { title: "another adapter", type: "object", properties: { use, ...COMMON }, required: ["use"] };
}

/** Allows a reference for every option and for each item of a list. */
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
  writeFileSync(SCHEMA_PATH, `${JSON.stringify(await configSchema(), undefined, 2)}\n`);
  console.log(`Wrote ${SCHEMA_PATH}`);
}
