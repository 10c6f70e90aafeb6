import { PayError } from "../model/errors.ts";

export interface JoinFields {
  /**
   * Text between two fields. With `""` the borders of fields are lost: `["a", "bc"]` and `["ab", "c"]` make the same text and so the same
   * signature. If a gateway requires that, compare every field but one with its expected value.
   */
  readonly separator: string;
  /**
   * Leaves out empty and absent fields, with their separator, so that `["a", ""]` and `["", "a"]` make the same text.
   *
   * @default false: they count as empty texts
   */
  readonly skipEmpty?: boolean;
  /**
   * Refuses fields that contain the separator, which would move the borders of fields under a signature that still fits. Use it for input
   * from outside. Refuse the separator in the shop's own texts, e.g. a description, in `validate` if the same key also signs callbacks;
   * otherwise these texts may contain it. Needs a separator.
   *
   * @default false
   */
  readonly refuseSeparator?: boolean;
}

/**
 * Joins the text that a gateway signs: the fields in the order of its documentation, the secret included.
 *
 * @throws PayError `MALFORMED` with `refuseSeparator`; let it pass, and Pay refuses the callback
 */
export function joinFields(fields: readonly (string | undefined)[], how: JoinFields): string {
  const { separator, skipEmpty = false, refuseSeparator = false } = how;
  const texts = fields.map((field) => field ?? "");
  if (refuseSeparator) {
    if (separator === "") throw new TypeError("separator must not be empty with refuseSeparator.");
    if (texts.some((text) => text.includes(separator))) {
      throw new PayError("MALFORMED", "A signed field contains the separator.");
    }
  }
  return (skipEmpty ? texts.filter((text) => text !== "") : texts).join(separator);
}

/** Returns the values sorted by the code units of their names, for gateways that sort the fields they sign. */
export function valuesByName<T>(fields: Readonly<Record<string, T>>): readonly T[] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value);
}
