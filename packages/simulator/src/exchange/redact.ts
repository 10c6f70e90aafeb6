import type { AnswerBody, SimulatedPayment } from "../ledger.ts";
import type { SelllyShop } from "../options.ts";
import type { Exchange, HttpMessage, HttpRequestMessage } from "./model.ts";

/** What stands in place of secrets and of what tells of a person. */
export const STAND_INS: Readonly<Record<"secretKey" | "token" | "email" | "ip" | "field", string>> = {
  secretKey: "0".repeat(64),
  token: "TOKEN",
  email: "buyer@example.com",
  ip: "192.0.2.1",
  field: "REDACTED",
};

/** By the names the documents give them. */
const FIELDS: Readonly<Record<string, string>> = {
  secret_key: STAND_INS.secretKey,
  email: STAND_INS.email,
  buyer_email: STAND_INS.email,
  ip: STAND_INS.ip,
  ClientIp: STAND_INS.ip,
};

/** Fields that tell of the exchange, not of who sends it. */
const PLAIN = new Set([
  "accept",
  "connection",
  "content-length",
  "content-type",
  "host",
  "transfer-encoding",
  "user-agent",
]);

export interface Known {
  readonly shops: readonly SelllyShop[];
  readonly payments: readonly SimulatedPayment[];
}

/** The exchange with stand-ins for every secret key, callback token, e-mail and IP address, in request and answer. */
export function redacted<E extends Exchange>(exchange: E, known: Known): E {
  const values = secretsOf(exchange, known);
  return {
    ...exchange,
    request: exchange.request && redactRequest(exchange.request, values),
    response: exchange.response && redactMessage(exchange.response, values),
    // What is said of the answer quotes it.
    verdict: withinStrings(exchange.verdict, values),
    error: withinStrings(exchange.error, values),
  };
}

type Values = readonly (readonly [value: string, standIn: string])[];

/** What the simulator knows to be secret or personal, the longest first: a part must not spoil the whole. */
function secretsOf({ kind, request }: Exchange, { payments, shops }: Known): Values {
  const addresses = payments.flatMap(({ details }) => (details.kind === "gosetti" ? [details.callbackUrl] : []));
  if (kind === "callback" && request?.method === "POST") addresses.push(request.url);
  for (const { notificationUrl, returnUrl } of shops) addresses.push(notificationUrl ?? "", returnUrl ?? "");
  const asked =
    request?.body.kind === "text" ? /"CallbackUrl"\s*:\s*"([^"]*)"/.exec(request.body.text)?.[1] : undefined;
  if (asked !== undefined) addresses.push(asked);
  const people = payments.flatMap(
    ({ details }): Values =>
      details.kind === "gosetti"
        ? [[details.clientIp, STAND_INS.ip]]
        : [
            [details.email, STAND_INS.email],
            [details.ip, STAND_INS.ip],
          ],
  );
  const all: Values = [
    ...shops.map(({ secretKey }) => [secretKey, STAND_INS.secretKey] as const),
    ...addresses.flatMap(tokensOf).map((token) => [token, STAND_INS.token] as const),
    ...people,
  ];
  return all.filter(([value]) => value.length > 3).sort(([a], [b]) => b.length - a.length);
}

/** What may be a token in a callback address, which is the shop's own: parameters, and parts too long or too odd for words. */
function tokensOf(address: string): readonly string[] {
  const [path, query] = split(address.replace(/^https?:\/\/[^/?#]*/, ""), "?");
  const values = (query ?? "").split("&").map((pair) => split(pair, "=")[1] ?? "");
  return [...values, ...(path.match(/[\w-]{8,}/g) ?? []).filter((part) => /\d/.test(part) || part.length >= 20)];
}

function redactRequest(request: HttpRequestMessage, values: Values): HttpRequestMessage {
  const { origin } = new URL(request.url);
  const [path, query] = split(request.url.slice(origin.length), "?");
  // Where it goes stays as it is: another machine must not be called instead.
  const url = origin + withoutValues(query === null ? path : `${path}?${redactForm(query)}`, values);
  const { pathname, search } = new URL(url);
  const message = redactMessage(request, values);
  return { ...message, method: request.method, url, start: `${request.method} ${pathname}${search} HTTP/1.1` };
}

function redactMessage(message: HttpMessage, values: Values): HttpMessage {
  const body = redactBody(message.body, values);
  const length = body.kind === "text" ? Buffer.byteLength(body.text) : null;
  const headers = message.headers.map(([name, value]): readonly [string, string] => {
    const known = name.toLowerCase();
    if (known === "content-length" && length !== null) return [name, String(length)];
    return [name, PLAIN.has(known) ? value : STAND_INS.field];
  });
  return { start: withoutValues(message.start, values), headers, body };
}

function redactBody(body: AnswerBody, values: Values): AnswerBody {
  // Bytes that are no text cannot be looked through.
  if (body.kind === "base64") return { kind: "text", text: STAND_INS.field };
  const text = body.text.trimStart().startsWith("{") ? redactJson(body.text) : redactForm(body.text);
  return { kind: "text", text: withoutValues(text, values) };
}

/** Only the values change: what is around them stays byte for byte. */
function redactForm(form: string): string {
  return form
    .split("&")
    .map((pair) => {
      const [name, value] = split(pair, "=");
      const standIn = value === null ? undefined : FIELDS[decoded(name)];
      return standIn === undefined ? pair : `${name}=${encodeURIComponent(standIn)}`;
    })
    .join("&");
}

function redactJson(json: string): string {
  return json.replace(/("(\w+)"\s*:\s*)"(?:[^"\\]|\\.)*"?/g, (whole, head: string, name: string) =>
    FIELDS[name] === undefined ? whole : head + JSON.stringify(FIELDS[name]),
  );
}

/** The same in every text of a plain object. */
function withinStrings<T>(given: T, values: Values): T {
  if (typeof given === "string") return withoutValues(redactAddress(given), values) as T;
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, withinStrings(value, values)])) as T;
}

function redactAddress(text: string): string {
  const [path, query] = split(text, "?");
  return query === null ? text : `${path}?${redactForm(query)}`;
}

function withoutValues(text: string, values: Values): string {
  return values.reduce((rest, [value, standIn]) => {
    const written = new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
    return [...written].reduce((part, form) => part.replaceAll(form, standIn), rest);
  }, text);
}

function split(text: string, at: string): readonly [string, string | null] {
  const index = text.indexOf(at);
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + 1)];
}

function decoded(name: string): string {
  return [...new URLSearchParams(`${name}=`).keys()][0] ?? name;
}
