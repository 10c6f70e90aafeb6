/** Names of secrets. The short ones match whole words only, because `assignee` contains `sign` and is no secret. */
const SECRET = /secret|signature|digest|hmac|token|password|api_?key|(?:^|_)(?:mac|sign|hash)(?:_|$)/;
// A comparison with one of these checks presence or type.
const LITERAL_BEFORE = /["']$|(?<![\w$.])(?:undefined|null|true|false|\d+)$|\btypeof\s+[\w$.?!]+$/;
const LITERAL_AFTER = /^(?:["']|(?:undefined|null|true|false|typeof|\d[\w.]*)(?![\w$]))/;
/**
 * The characters on each side of a comparison that the patterns read. Without a limit some patterns would read the whole source at every
 * character.
 */
const REACH = 200;

/**
 * Finds the secrets in a source that are compared by an equals sign. The time of such a comparison tells an attacker how many characters
 * are right.
 */
export function comparedSecrets(source: string): readonly string[] {
  const code = namesOnly(withoutComments(source));
  return [...code.matchAll(/[!=]==?/g)].flatMap(({ 0: sign, index }) => {
    const before = code.slice(Math.max(0, index - REACH), index).trimEnd();
    const after = code.slice(index + sign.length, index + sign.length + REACH).trimStart();
    if (LITERAL_BEFORE.test(before) || LITERAL_AFTER.test(after)) return [];
    const sides = [/[\w$.?!]*$/.exec(before)?.[0] ?? "", /^[\w$.?!]*/.exec(after)?.[0] ?? ""];
    return sides.filter(isSecret);
  });
}

function isSecret(path: string): boolean {
  // The last name counts: `options.secret`, not `secret.length`.
  const name =
    path
      .split(/[.?!]+/)
      .filter(Boolean)
      .at(-1) ?? "";
  return SECRET.test(name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase());
}

/** Turns calls and indexes into names: `form.get("sign")` becomes `form.get.sign`, `hmac(key, body)` becomes `hmac`. */
function namesOnly(code: string): string {
  let names = code;
  for (let depth = 0; depth < 4; depth++) {
    names = names.replace(/[([]([^()[\]=]*)[)\]]/g, (_, inside: string) => {
      const [, text] = /^\s*["']([\w-]+)["']\s*$/.exec(inside) ?? [];
      return text === undefined ? "" : `.${text.replaceAll("-", "_")}`;
    });
  }
  return names;
}

export function withoutComments(source: string): string {
  return source
    .split("\n")
    .map((line) => line.replace(/\/\*.*?\*\/|(?<!:)\/\/.*$|^\s*\/?\*.*$/g, ""))
    .join("\n");
}
