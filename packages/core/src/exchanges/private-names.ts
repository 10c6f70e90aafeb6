/** Private anywhere in a name, also in names without word borders, such as `APIKEY` or `buyeremail`. */
const PARTS =
  /secret|token|passw|passphrase|passcode|credential|signature|checksum|digest|hmac|hash|md5|apikey|privatekey|cookie|bearer|auth|mail|phone|telefon|mobile|iban|address|card|cvv|cvc|surname|pesel|passport|birth|street|postcode|postal|clientip|userip|buyerip|customerip|remoteip|payerip|useragent|fingerprint|sekret|haslo|klucz|podpis|skrot|nazwisk|ulica|miasto|rachune?k|kart[aye]|kodblik|blikcode|codeblik|kontroln|sygnatur|platnik|nabywc|nadawc|odbiorc|posiadacz|nazwaklient|uzytkownik|pocztow|urodzeni|dowodu/;
/** Private as a whole word of a name. Inside other words they mean nothing, such as `ip` in `description`. */
const WORDS: ReadonlySet<string> = new Set(
  "key keys sign sig pass pwd pin otp mac crc sha jwt jws ip ipv addr adres imie city zip tel fax gsm msisdn pan bic swift nrb nip ssn dob login account konto konta holder".split(
    " ",
  ),
);
/** Things that have a name and are not a person. */
const THINGS: ReadonlySet<string> = new Set(
  "channel method payment shop store service product item bank currency status provider operator gateway event type merchant country order title plan app display file host domain field parameter".split(
    " ",
  ),
);

/** Tests whether the name of a field suggests a secret or personal data. `own` are the adapter's `privateFields`, in lower case. */
export function isPrivateName(name: string, own: ReadonlySet<string>): boolean {
  if (own.has(name.toLowerCase())) return true;
  const bare = name.normalize("NFD").replace(/\p{M}/gu, "").replace(/[łŁ]/g, "l");
  // A payment method, not a card; a name that we give to a request, not a key to anything; and a refusal, which sentences begin with.
  const plain = bare.replace(/paysafecard|idempotency[\s_-]*key|unauthori[sz]ed/gi, " ");
  if (PARTS.test(plain.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""))) return true;
  const words = wordsOf(plain);
  return words.some((word, at) => WORDS.has(word) || namesPerson(word, words[at - 1]));
}

/** True for `firstName`, `username` and a bare `name`; false for `channel_name` and `filename`. */
function namesPerson(word: string, before: string | undefined): boolean {
  if (!/names?$/.test(word)) return false;
  const of = word.replace(/names?$/, "") || before;
  return of === undefined || !THINGS.has(of);
}

/** Splits a name into words: `buyer[clientIp2]` is buyer, client and ip. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== "");
}
