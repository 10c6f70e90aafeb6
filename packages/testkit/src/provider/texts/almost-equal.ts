/** Other characters of the same kind, so that a number stays a number, a word a word, a digest a digest. */
function othersThan(character: string): readonly string[] {
  const kind = KINDS.find((one) => one.includes(character));
  if (kind === undefined) return [character === "x" ? "y" : "x"];
  const at = kind.indexOf(character);
  const half = Math.ceil(kind.length / 2);
  return Array.from({ length: kind.length - 1 }, (_, more) => kind[(at + half + more) % kind.length]!).filter(
    (other) => other !== character,
  );
}

const KINDS = ["0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** The text with one character changed: the first, one in the middle, the last. */
export function oneChanged(text: string): readonly string[] {
  const places = new Set([0, Math.floor(text.length / 2), text.length - 1]);
  return [...places]
    .filter((at) => at >= 0 && at < text.length)
    .flatMap((at) => {
      const changed = othersThan(text[at]!).map((other) => text.slice(0, at) + other + text.slice(at + 1));
      return changed.find((one) => !isSameBase64(one, text)) ?? [];
    });
}

/** The last character of Base64 may have bits without a meaning. */
function isSameBase64(a: string, b: string): boolean {
  return /^[\w+/-]{16,}={0,2}$/.test(a) && Buffer.from(a, "base64").equals(Buffer.from(b, "base64"));
}

export function shorter(text: string): readonly string[] {
  const half = Math.floor(text.length / 2);
  return [text.slice(0, -1), text.slice(1), text.slice(0, half), text.slice(half), text.slice(0, 1)].filter(
    (cut) => cut !== "" && cut !== text,
  );
}

export function longer(text: string): readonly string[] {
  return [`${text}0`, `0${text}`, text + text, text + "0".repeat(60_000), "0".repeat(60_000)];
}

/** Texts with as many characters but more bytes, and one short text outside ASCII. */
export function multibyte(text: string): readonly string[] {
  return [`${text.slice(0, -1)}é`, `é${text.slice(1)}`, "é".repeat(text.length), "ÿ"];
}

/** Other spellings of a text, which are different texts. */
export function otherSpellings(text: string): readonly string[] {
  return [text.toUpperCase(), text.toLowerCase(), `"${text}"`, `${text}\u200b`, ` ${text} x`].filter(
    (spelling) => spelling !== text,
  );
}

/** The bytes with one letter or digit changed, near each end and between, so that parsers can still read them. */
export function oneByteChanged(bytes: Buffer): readonly Buffer[] {
  const text = bytes.toString("latin1");
  const readable = [...text.matchAll(/[A-Za-z0-9]/g)].map(({ index }) => index);
  const places = [0, 0.25, 0.5, 0.75, 1].map((part) => readable[Math.floor((readable.length - 1) * part)]!);
  return [...new Set(places)].map((at) =>
    Buffer.from(text.slice(0, at) + othersThan(text[at]!)[0] + text.slice(at + 1), "latin1"),
  );
}
