/** Runs of letters and digits, as numbers are written in groups. */
const GROUP = /[\p{L}\p{N}_]+/gu;
/** What may stand between two groups of a number. */
const BETWEEN = /^(?:[ \u00a0-]|[ \u00a0]?[()][ \u00a0]?)$/;
/** Characters of the longest number: an IBAN. */
const LONGEST = 34;
/** Groups of the longest number, by fours. */
const MOST_GROUPS = 9;
/** Telephone numbers without the prefix of a country, by the digits of their groups. Without groups they look like any number. */
const PHONES: ReadonlySet<string> = new Set(["3 3 3", "2 3 2 2", "3 3 4"]);
/** First digits and lengths of cards. */
const CARD = /^(?:4\d{15}(?:\d{3})?|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6\d{15}(?:\d{3})?)$/;
const IBAN = /^[a-z]{2}\d{2}[a-z\d]{11,30}$/i;
const NRB = /^\d{26}$/;
/** The month of a PESEL also tells the century. */
const PESEL = /^\d\d(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}$/;
const MONEY_AFTER = /^(?:[.,]\d|[ \u00a0]?(?:zł|zl|gr|[A-Z]{3}|€|\$|£)(?![\p{L}\p{N}]))/u;
const MONEY_BEFORE = /(?:\b[A-Z]{3}|€|\$|£)[ \u00a0]?$/;

/** Finds the numbers of cards, bank accounts, telephones and persons in a text, with or without spaces and dashes. */
export function findNumbers(text: string): readonly (readonly [from: number, to: number])[] {
  if (!/\d.*\d/s.test(text)) return [];
  const groups = [...text.matchAll(GROUP)].map(({ 0: group, index }) => ({
    group,
    from: index,
    to: index + group.length,
  }));
  const found: (readonly [number, number])[] = [];
  for (const [at, { from, group }] of groups.entries()) {
    if (!/^(?:\d+$|[a-z]{2}\d{2})/i.test(group)) continue;
    let number = "";
    const shape: string[] = [];
    // No more groups than the longest number has, so the work grows with the text and no faster.
    for (let last = at; last < Math.min(groups.length, at + MOST_GROUPS); last++) {
      const next = groups[last]!;
      if (last > at && !BETWEEN.test(text.slice(groups[last - 1]!.to, next.from))) break;
      number += next.group;
      if (number.length > LONGEST || !/^[a-z\d]+$/i.test(next.group)) break;
      shape.push(String(next.group.length));
      if (isNumberOf(number, shape) || isPhone(text, number, shape, from, next.to)) found.push([from, next.to]);
    }
  }
  return found;
}

function isNumberOf(number: string, shape: readonly string[]): boolean {
  if (CARD.test(number)) return isLuhn(number);
  if (PESEL.test(number)) return shape.length === 1 && isPesel(number);
  if (NRB.test(number)) return isIban(`PL${number}`);
  // A UUID has groups as well, and others.
  const isGrouped = shape.every((size, at) => size === "4" || (at === shape.length - 1 && Number(size) < 4));
  return IBAN.test(number) && (shape.length === 1 || isGrouped) && isIban(number);
}

function isPhone(text: string, number: string, shape: readonly string[], from: number, to: number): boolean {
  if (!/^\d{8,15}$/.test(number)) return false;
  const before = text.slice(Math.max(0, from - 5), from);
  if (/(?:^|[^\p{L}\p{N}])\+$/u.test(before)) return true;
  if (!PHONES.has(shape.join(" "))) return false;
  return !MONEY_AFTER.test(text.slice(to, to + 6)) && !MONEY_BEFORE.test(before);
}

/** ISO/IEC 7812: every second digit from the right counts twice. */
function isLuhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (1 + (at % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** ISO 13616: the country and the check digits go to the end, letters count from 10, and 97 leaves 1. */
function isIban(number: string): boolean {
  const digits = `${number.slice(4)}${number.slice(0, 4)}`;
  let rest = 0;
  for (const digit of digits) {
    const value = Number.parseInt(digit, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

function isPesel(number: string): boolean {
  const weights = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
  return weights.reduce((sum, weight, at) => sum + weight * Number(number[at]), 0) % 10 === 0;
}
