/** Private anywhere in a name, also in names without word borders, such as `APIKEY` or `buyeremail`. */
const PARTS =
  /secret|token|passw|passphrase|passcode|credential|signature|checksum|digest|hmac|hash|md5|apikey|privatekey|cookie|bearer|auth|mail|phone|telefon|mobile|iban|address|card|cvv|cvc|surname|pesel|passport|taxid|nationalid|personalid|identityn|socialsecurity|birth|street|housen|postcode|postal|clientip|userip|buyerip|customerip|remoteip|payerip|useragent|fingerprint|sekret|haslo|klucz|podpis|skrot|nazwisk|ulica|miasto|miejscowosc|mieszkani|nrdomu|numerdomu|komork|rachune?k|kart[aye]|kodblik|blikcode|codeblik|kontroln|sygnatur|nazwaklient|pocztow|urodzeni|dowodu/;
/** Private as a whole word of a name. Inside other words they mean nothing, such as `ip` in `description`. */
const WORDS: ReadonlySet<string> = new Set(
  "key keys sign sig pass pwd pin otp mac crc sha jwt jws csrf xsrf ip ipv addr adres imie nick city zip tel fax gsm msisdn pan bic swift nrb nip ssn dob login account konto konta holder".split(
    " ",
  ),
);
/** A person who pays or is paid, and all that a field may say about one: `customer`, `senderData`, `dane_klienta`, `NADAWCA`. */
const PERSON =
  /^(?:(?:sender|recipient|receiver|beneficiary|client|customer|consumer|shopper|buyer|purchaser|payer|payee|remitter|debtor|creditor|donor|person|personal|contact|user|guest|subscriber|owner)s?(?:data|info|details?)?|beneficiaries|(?!id)[a-z]*(?:klient|kupujac|nabywc|nadawc|odbiorc|platnik|posiadacz|uzytkowni|zleceniodawc|beneficjent|wplacajac|kontrahent|dluznik|wierzyciel|daneosobow)[a-z]*|osob[ay]?|osobowe|kontakt)$/;
/** An id says to the gateway which person, and to others nothing. */
const IDS: readonly string[] = ["id", "ids", "uuid", "guid", "ref", "reference"];
/** First or last in its name, such a word says what the field holds: nothing that identifies a person. */
const PLAIN: ReadonlySet<string> = new Set([
  ...IDS,
  ..."status type kind group category language lang locale country currency amount fee version count time date url uri".split(
    " ",
  ),
  // Polish, which puts them first: id_klienta, jezykKlienta.
  ..."typ rodzaj grupa jezyk kraj waluta kwota oplata".split(" "),
]);
/** Things that have a name and are not a person. */
const THINGS: ReadonlySet<string> = new Set(
  "channel method payment shop store service product item bank currency status provider operator gateway event type merchant country order title plan app display file host domain field parameter".split(
    " ",
  ),
);

/** Tests whether the name of a field suggests a secret or personal data. `own` are the adapter's `privateFields`, in lower case. */
export function isPrivateName(name: string, own: ReadonlySet<string>): boolean {
  if (own.has(name.toLowerCase())) return true;
  // A payment method, not a card; a name that we give to a request, not a key to anything; and a refusal, which sentences begin with.
  const plain = bare(name).replace(/paysafecard|idempotency[\s_-]*key|unauthori[sz]ed/gi, " ");
  if (PARTS.test(plain.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""))) return true;
  const words = wordsOf(plain);
  if (words.some((word, at) => WORDS.has(word) || namesPerson(word, words[at - 1]))) return true;
  return words.some((word) => PERSON.test(word)) && !saysNothing(words);
}

/** Tests whether a field is an id or another detail, by its name: inside an object about a person, it says nothing about the person. */
export function isPlainName(name: string): boolean {
  return saysNothing(wordsOf(bare(name)));
}

/** Tests whether a field is an id, by its name. */
export function isIdName(name: string): boolean {
  const words = wordsOf(bare(name));
  return IDS.some((id) => words[0] === id || words.at(-1) === id);
}

function saysNothing(words: readonly string[]): boolean {
  return [words[0], words.at(-1)].some((word) => word !== undefined && PLAIN.has(word));
}

/** True for `firstName`, `username` and a bare `name`; false for `channel_name` and `filename`. */
function namesPerson(word: string, before: string | undefined): boolean {
  if (!/names?$/.test(word)) return false;
  const of = word.replace(/names?$/, "") || before;
  return of === undefined || !THINGS.has(of);
}

/** The name without the marks of its letters: `płatnik` is `platnik`. */
function bare(name: string): string {
  return name.normalize("NFD").replace(/\p{M}/gu, "").replace(/[łŁ]/g, "l");
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
