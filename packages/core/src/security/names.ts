/** A word as people name things: `cards`, `shopId`, `cardsEUR`, `psc2`. Generated keys mix letters and digits. */
const WORD = "[A-Za-z][a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,4}\\d{0,3}";
const WORDS = new RegExp(`^(?=.{1,32}$)\\$?${WORD}(?:[-_]${WORD})*$`);
const INDEX = /^\d{1,4}$/;

/** True if an error may show this name from a configuration. A secret may stand where a name belongs. */
export function isShowableName(name: string): boolean {
  return WORDS.test(name) || INDEX.test(name);
}

/** The known name that the given one misspells by one slip. A name that close to a known one is not a secret. */
export function suggestName(name: string, known: Iterable<string>): string | undefined {
  return [...known].find((one) => isSlip(plain(name), plain(one)));
}

/** True if at most one letter is missing, added or changed, or if two neighbours changed places. */
function isSlip(given: string, known: string): boolean {
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
