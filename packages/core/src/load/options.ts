import type { AdapterPackage, SchemaResult } from "../contract/packages.ts";
import { attempt } from "./failure.ts";
import type { Problems } from "./problems.ts";
import { hintAt, isReference, valueAt } from "./references.ts";

export type Options = Readonly<Record<string, unknown>>;
type Issues = NonNullable<SchemaResult<unknown>["issues"]>;

/** As a number is written in an environment: nothing that JavaScript would round, or read otherwise than a person does. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/**
 * The options as the adapter takes them, with everything that its schema refuses told.
 *
 * @param written the entry as it stands in the configuration, with its references
 */
export async function readOptions(
  adapter: AdapterPackage,
  given: Options,
  written: unknown,
  path: readonly string[],
  problems: Problems,
): Promise<Options> {
  const refusedOf = async (options: Options): Promise<Issues> => {
    const validate = async () => adapter.options["~standard"].validate(options);
    return (await attempt(path, problems, validate))?.issues ?? [];
  };
  const refused = await refusedOf(given);
  const options = await withNumbers(given, written, refused, refusedOf);
  tell(adapter, options, options === given ? refused : await refusedOf(options), path, problems);
  return options;
}

/**
 * A variable and a file hold texts, and a schema does not say where it wants numbers: where it refuses the text of a reference, and takes
 * the whole number that is written there, the number was meant.
 */
async function withNumbers(
  given: Options,
  written: unknown,
  refused: Issues,
  refusedOf: (options: Options) => Promise<Issues>,
): Promise<Options> {
  const numbers = Object.entries(given)
    .filter(([key, value]) => typeof value === "string" && WHOLE.test(value) && isReference(valueAt(written, [key])))
    .filter(([key]) => isAmong(refused, key))
    .map(([key, text]) => [key, Number(text)] as const);
  if (numbers.length === 0) return given;
  const still = await refusedOf({ ...given, ...Object.fromEntries(numbers) });
  return { ...given, ...Object.fromEntries(numbers.filter(([key]) => !isAmong(still, key))) };
}

function isAmong(issues: Issues, key: string): boolean {
  return issues.some((issue) => keysOf(issue)[0] === key);
}

function tell(
  adapter: AdapterPackage,
  options: Options,
  refused: Issues,
  path: readonly string[],
  problems: Problems,
): void {
  const known = namesOf(adapter);
  for (const issue of refused) {
    const inner = keysOf(issue);
    const field = [...path, ...inner];
    // What a reference failed to give is told already.
    if (problems.at(field)) continue;
    if (inner.length === 1 && known !== undefined && !known.includes(inner[0]!)) problems.addUnknown(field, known);
    else problems.add(field, `${remedyOf(issue, valueAt(options, inner))}${hintAt(valueAt(options, inner))}`);
  }
}

/** Schemas of others quote what they were given, as valibot's own messages do. */
function remedyOf({ message }: Issues[number], value: unknown): string {
  const quotes = value !== undefined && message.includes(JSON.stringify(value));
  return quotes ? "is not what the adapter takes; see its documentation" : message;
}

function keysOf({ path = [] }: Issues[number]): string[] {
  return path.map((key) => String(typeof key === "object" ? key.key : key));
}

/** A Standard Schema does not say which options it knows; those of valibot do. */
function namesOf({ options }: AdapterPackage): readonly string[] | undefined {
  const { entries } = options as { readonly entries?: object };
  return entries && [...Object.keys(entries), "use", "retired"];
}
