import type { AdapterPackage, SchemaResult } from "@pay/core/adapter";
import { attempt } from "./describe-failure.ts";
import type { Problems } from "./problems.ts";
import { hintAt, isReference, valueAt } from "./resolve-references.ts";

export type Options = Readonly<Record<string, unknown>>;
type Issues = NonNullable<SchemaResult<unknown>["issues"]>;

/** A whole number as people write it in an environment variable. JavaScript rounds longer ones and reads other forms differently. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/**
 * The options in the form that the adapter takes. Each option that its schema refuses becomes a problem.
 *
 * @param written the provider's entry as you wrote it, with its references
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
  report(adapter, options, options === given ? refused : await refusedOf(options), path, problems);
  return options;
}

/**
 * Variables and files hold texts, and a schema does not say which options are numbers. Where the schema refuses the text of a reference
 * but accepts the same digits as a number, the option becomes that number.
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

function report(
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
    // A reference that could not be resolved is reported already.
    if (problems.at(field)) continue;
    if (inner.length === 1 && known !== undefined && !known.includes(inner[0]!)) problems.addUnknown(field, known);
    else problems.add(field, `${remedyOf(issue, valueAt(options, inner))}${hintAt(valueAt(options, inner))}`);
  }
}

/** A schema's message may quote the value, as valibot's own messages do. */
function remedyOf({ message }: Issues[number], value: unknown): string {
  const quotes = value !== undefined && message.includes(JSON.stringify(value));
  return quotes ? "is not a value that the adapter accepts; see its documentation" : message;
}

function keysOf({ path = [] }: Issues[number]): string[] {
  return path.map((key) => String(typeof key === "object" ? key.key : key));
}

/** The known options. Standard Schema does not list them, but valibot's schemas do. */
function namesOf({ options }: AdapterPackage): readonly string[] | undefined {
  const { entries } = options as { readonly entries?: object };
  return entries && [...Object.keys(entries), "use", "retired"];
}
