/** A word as people name things: `cards`, `shopId`, `cardsEUR`, `psc2`. What machines make mixes letters and digits. */
const WORD = "[A-Za-z][a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,4}\\d{0,3}";
const WORDS = new RegExp(`^(?=.{1,32}$)\\$?${WORD}(?:[-_]${WORD})*$`);
const INDEX = /^\d{1,4}$/;
/** With a scope, or Pay's prefix: anything else in the place of a package may be a key, or a password. */
const PACKAGE = /^(?=.{1,64}$)(?:@[a-z]+(?:-[a-z]+)*\/|(?=pay-))[a-z]+(?:-[a-z]+)*\d{0,3}$/;

/** Whether an error may show a name out of a configuration. A secret may stand where a name belongs. */
export function isShowable(name: string): boolean {
  return WORDS.test(name) || INDEX.test(name);
}

/** Whether an error may show the name of a package. */
export function isShowablePackage(name: string): boolean {
  return PACKAGE.test(name);
}

/** The known name that was meant, if the given one is a slip away from it: such a name is no secret either. */
export function meant(name: string, known: Iterable<string>): string | undefined {
  return [...known].find((one) => isSlip(plain(name), plain(one)));
}

/** Whether at most one letter was left out, added, or changed, or two neighbours changed places. */
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
