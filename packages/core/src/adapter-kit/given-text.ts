/** Marks of quotation, with the one that ends what it begins. */
const QUOTED = /^(?:".*"|'.*'|`.*`|[“„”].*[“”]|«.*»|&quot;.*&quot;)$/s;
/** What a shell, a template engine, Windows or a person should have replaced, or wrote for a value that is not there. */
const PLACEHOLDER =
  /^(?:\$\{.*\}|\$\(.*\)|\$[A-Z_][A-Z\d_]*|\{\{.*\}\}|%\w+%|<.*>|\[.*\]|undefined|null|none|todo|tbd|[x*•.…]{3,}|placeholder)$|(?:change|replace)[\s_-]?(?:me|it|this|with)|^(?:your|twoj|twój)[\s_-]|(?:put|insert|enter|paste|wstaw|wpisz)[\s_-]?(?:your|the|here|tu)/is;

/**
 * What is wrong with a text that a gateway or a person gave, such as a key or an id, as it was copied; `undefined` if nothing is. Such a
 * text would be sent as it is, and each request and callback refused. The remedy shows nothing of it.
 */
export function givenTextRemedy(text: string): string | undefined {
  if (text.trim() === "") return "is empty: give the text itself";
  if (QUOTED.test(text.trim())) return "stands in quotation marks: remove them, as they are no part of it";
  // Also those that no screen shows, e.g. of a web page: U+200B, or U+FEFF at the start of a file.
  if (/^[\s\p{Cf}]|[\s\p{Cf}]$/u.test(text))
    return "begins or ends with a space or a line break, seen or not: remove it";
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{FFFD}]/u.test(text))
    return "has a character that no screen shows: type it anew, or copy it as plain text";
  if (PLACEHOLDER.test(text)) {
    return 'is a placeholder that was not replaced: give the text itself, which a configuration file reads from the environment with { "env": "NAME" }';
  }
  return undefined;
}

/**
 * Tests a text that the gateway gave to the shop, such as a key or an id, for what goes wrong when it is copied: quotation marks around it,
 * spaces and line breaks at its ends, characters that no screen shows, and a placeholder instead of it. Use it as a check of valibot in the
 * schema of your options: then `parseInput` and `optionsSchema` say which it is.
 *
 * @example
 * ```ts
 * import { isGivenText } from "@pay/core/adapter";
 * import * as v from "valibot";
 *
 * export const Options = v.strictObject({ secretKey: v.pipe(v.string(), v.check(isGivenText), v.maxLength(200)) });
 * ```
 */
export function isGivenText(text: string): boolean {
  return givenTextRemedy(text) === undefined;
}
