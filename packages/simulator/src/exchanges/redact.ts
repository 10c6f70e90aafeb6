import type { GatewaySet } from "../engine/gateway-set.ts";
import type { AnswerBody, SimulatedPayment } from "../engine/model.ts";
import type { HttpExchange, HttpMessage, HttpRequestMessage } from "./model.ts";
import { STAND_INS } from "./stand-ins.ts";

/** Header fields that describe the message, not its sender. */
const PLAIN = new Set([
  "accept",
  "connection",
  "content-length",
  "content-type",
  "host",
  "transfer-encoding",
  "user-agent",
]);

/** The secrets of an exchange: by the names of their fields, and by value wherever they appear. */
interface Secrets {
  /** The stand-in of each field name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [value: string, standIn: string])[];
}

/**
 * Returns the exchange with stand-ins for every secret key, callback token, e-mail and IP address, in request and answer.
 * It hides the secrets of every gateway, because a shop's answer may repeat those of another payment.
 */
export function redacted<E extends HttpExchange>(
  exchange: E,
  gateways: GatewaySet,
  payments: readonly SimulatedPayment[],
): E {
  const secrets = secretsOf(exchange, gateways, payments);
  return {
    ...exchange,
    request: exchange.request && redactRequest(exchange.request, secrets),
    response: exchange.response && redactMessage(exchange.response, secrets),
    // Verdict and error may quote the answer.
    verdict: withinStrings(exchange.verdict, secrets),
    error: withinStrings(exchange.error, secrets),
  };
}

function secretsOf(exchange: HttpExchange, { all }: GatewaySet, payments: readonly SimulatedPayment[]): Secrets {
  const known = all.map((gateway) =>
    gateway.secrets(
      payments.filter((payment) => payment.gateway === gateway.name),
      exchange,
    ),
  );
  const tokens = known.flatMap(({ addresses }) => addresses.flatMap(tokensOf));
  const values = [
    ...known.flatMap((one) => one.values.map(([value, standIn]) => [value, STAND_INS[standIn]] as const)),
    ...tokens.map((token) => [token, STAND_INS.token] as const),
  ];
  const fields = all.flatMap(({ secretFields }) => Object.entries(secretFields));
  return {
    fields: Object.fromEntries(fields.map(([name, standIn]) => [name, STAND_INS[standIn]])),
    // The longest first, because replacing a part would leave the rest of the whole.
    values: values.filter(([value]) => value.length > 3).sort(([a], [b]) => b.length - a.length),
  };
}

/** The possible tokens of an address: its parameters, and parts of its path that are long or contain digits. */
function tokensOf(address: string): readonly string[] {
  const [path, query] = split(address.replace(/^https?:\/\/[^/?#]*/, ""), "?");
  const values = (query ?? "").split("&").map((pair) => split(pair, "=")[1] ?? "");
  return [...values, ...(path.match(/[\w-]{8,}/g) ?? []).filter((part) => /\d/.test(part) || part.length >= 20)];
}

function redactRequest(request: HttpRequestMessage, secrets: Secrets): HttpRequestMessage {
  const { origin } = new URL(request.url);
  const [path, query] = split(request.url.slice(origin.length), "?");
  // The origin stays, so that the request does not go to another machine.
  const rest = withoutValues(query === null ? path : `${path}?${redactForm(query, secrets)}`, secrets);
  const url = origin + rest;
  const { pathname, search } = new URL(url);
  const message = redactMessage(request, secrets);
  return { ...message, method: request.method, url, start: `${request.method} ${pathname}${search} HTTP/1.1` };
}

function redactMessage(message: HttpMessage, secrets: Secrets): HttpMessage {
  const body = redactBody(message.body, secrets);
  const length = body.kind === "text" ? Buffer.byteLength(body.text) : null;
  const headers = message.headers.map(([name, value]): readonly [string, string] => {
    const known = name.toLowerCase();
    if (known === "content-length" && length !== null) return [name, String(length)];
    return [name, PLAIN.has(known) ? value : STAND_INS.field];
  });
  return { start: withoutValues(message.start, secrets), headers, body };
}

function redactBody(body: AnswerBody, secrets: Secrets): AnswerBody {
  // Bytes that are not text cannot be searched.
  if (body.kind === "base64") return { kind: "text", text: STAND_INS.field };
  const isJson = body.text.trimStart().startsWith("{");
  const text = isJson ? redactJson(body.text, secrets) : redactForm(body.text, secrets);
  return { kind: "text", text: withoutValues(text, secrets) };
}

/** Changes only the values; everything around them stays byte for byte. */
function redactForm(form: string, { fields }: Secrets): string {
  return form
    .split("&")
    .map((pair) => {
      const [name, value] = split(pair, "=");
      const standIn = value === null ? undefined : ownValue(fields, decoded(name));
      return standIn === undefined ? pair : `${name}=${encodeURIComponent(standIn)}`;
    })
    .join("&");
}

function redactJson(json: string, { fields }: Secrets): string {
  return json.replace(/("(\w+)"\s*:\s*)"(?:[^"\\]|\\.)*"?/g, (whole, head: string, name: string) => {
    const standIn = ownValue(fields, name);
    return standIn === undefined ? whole : head + JSON.stringify(standIn);
  });
}

function ownValue(fields: Secrets["fields"], name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Redacts every text of a plain object. */
function withinStrings<T>(given: T, secrets: Secrets): T {
  if (typeof given === "string") return withoutValues(redactAddress(given, secrets), secrets) as T;
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, withinStrings(value, secrets)])) as T;
}

function redactAddress(text: string, secrets: Secrets): string {
  const [path, query] = split(text, "?");
  return query === null ? text : `${path}?${redactForm(query, secrets)}`;
}

function withoutValues(text: string, { values }: Secrets): string {
  return values.reduce((rest, [value, standIn]) => {
    const written = new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
    return [...written].reduce((part, form) => part.replaceAll(form, standIn), rest);
  }, text);
}

function split(text: string, separator: string): readonly [string, string | null] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, null] : [text.slice(0, index), text.slice(index + 1)];
}

function decoded(name: string): string {
  return [...new URLSearchParams(`${name}=`).keys()][0] ?? name;
}
