import { PayError } from "../model/errors.ts";

export interface JoinFields {
  /**
   * Stands between two fields. With `""` nothing tells where a field ends: `["a", "bc"]` and `["ab", "c"]` make the same
   * text and so the same signature. Where a gateway wants that, pin every field but one to what it must be.
   */
  readonly separator: string;
  /**
   * Leaves out empty and absent fields, separator and all, so that `["a", ""]` and `["", "a"]` make the same text.
   *
   * @default false: they count as empty texts
   */
  readonly skipEmpty?: boolean;
  /**
   * Refuses fields that hold the separator, which would move the borders of fields under a signature that still fits. For
   * what came from outside. What a shop writes, a description for example, is refused in `check` where the same key signs
   * callbacks as well, and may hold the separator otherwise. Needs a separator.
   *
   * @default false
   */
  readonly refuseSeparator?: boolean;
}

/**
 * The text a gateway signs: fields in the order of its document, the secret among them.
 *
 * @throws PayError `MALFORMED` with `refuseSeparator`, which refuses the callback
 */
export function joinFields(fields: readonly (string | undefined)[], how: JoinFields): string {
  const { separator, skipEmpty = false, refuseSeparator = false } = how;
  const texts = fields.map((field) => field ?? "");
  if (refuseSeparator) {
    if (separator === "") throw new TypeError("refuseSeparator needs a separator.");
    if (texts.some((text) => text.includes(separator))) {
      throw new PayError("MALFORMED", "A signed field holds what separates fields.");
    }
  }
  return (skipEmpty ? texts.filter((text) => text !== "") : texts).join(separator);
}

/** The values by their names' code units, as gateways want them that sort what they sign. */
export function valuesByName<T>(fields: Readonly<Record<string, T>>): readonly T[] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value);
}
