/** A word as people name things: `cards`, `shopId`, `cardsEUR`, `psc2`. Generated keys mix letters and digits. */
const WORD = "[A-Za-z][a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,4}\\d{0,3}";
const WORDS = new RegExp(`^(?=.{1,32}$)\\$?${WORD}(?:[-_]${WORD})*$`);
const INDEX = /^\d{1,4}$/;
/** How issuers begin a key. */
const KEY = /^(?:sk|pk|rk|whsec|ghp|xox[a-z])[-_]/i;

/** True if an error may show this name from a configuration. A secret may stand where a name belongs. */
export function isShowableName(name: string): boolean {
  return (WORDS.test(name) && !KEY.test(name)) || INDEX.test(name);
}

/** Capital words between underscores: `SHOP_DATABASE_URL`. */
const VARIABLE = /^(?=.{1,60}$)[A-Z]{1,14}\d{0,3}(?:_[A-Z]{1,14}\d{0,3})*$/;

/** True if an error may show this name of an environment variable. The secret itself may stand where the name belongs. */
export function isShowableVariable(name: string): boolean {
  return VARIABLE.test(name) || isShowableName(name);
}

/**
 * The known name that the given one misspells by one slip, or shortens or lengthens by whole words (`provider` for `providerName`). A name
 * that close to a known one is not a secret.
 */
export function suggestName(name: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  return (
    names.find((one) => isSlip(plain(name), plain(one))) ??
    names.find((one) => isShowableName(name) && (beginsWith(one, name) || beginsWith(name, one)))
  );
}

/** What to do about an unknown name, with the known name that it may misspell, or with all of them. */
export function unknownNameRemedy(name: string, known: Iterable<string>): string {
  const near = suggestName(name, known);
  if (near !== undefined) return `must be left out; did you mean ${near}?`;
  const all = [...known].join(", ");
  return all === "" ? "must be left out" : `must be left out; known keys are ${all}`;
}

/** Ends a text with a full stop, unless it is a question. */
export function sentence(text: string): string {
  return text.endsWith("?") ? text : `${text}.`;
}

/** True if the long name is the short one with further words, as `shopUrl` is `shop` with one more. */
function beginsWith(long: string, short: string): boolean {
  return short !== "" && long.startsWith(short) && /^(?:[A-Z]|[-_][A-Za-z])/.test(long.slice(short.length));
}

/** True if at most one letter is missing, added or changed, or if two neighbours changed places. */
function isSlip(given: string, known: string): boolean {
  if (given === known) return true;
  // One letter is at least half of such a name.
  if (known.length < 3) return false;
  const shorter = Math.min(given.length, known.length);
  let start = 0;
  while (start < shorter && given[start] === known[start]) start++;
  let end = 0;
  while (end < shorter - start && given.at(-1 - end) === known.at(-1 - end)) end++;
  const [one, other] = [given, known].map((text) => text.slice(start, text.length - end)) as [string, string];
  if (one.length <= 1 && other.length <= 1) return true;
  return one.length === 2 && one === `${other[1]}${other[0]}`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}
