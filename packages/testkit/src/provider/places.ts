import type { WireCallback } from "./fixtures.ts";

/** A callback with all its parts. */
export interface Callback {
  readonly method: string;
  readonly paymentId?: string;
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Where something stands in a callback. `json` takes a path, e.g. `"data.status"`, and what stands there is its JSON: `"\"paid\""`,
 * `"true"`, `"19.99"`. Everywhere else it is the decoded text. `elsewhere` is for other formats, such as XML in a field.
 */
export type Place =
  | { readonly in: "query" | "form" | "header" | "json"; readonly name: string }
  | {
      readonly in: "elsewhere";
      read(callback: Callback): string | undefined;
      /** The callback with another text there; `undefined` takes it out. */
      write(callback: Callback, text: string | undefined): Callback;
    };

export function whole({ method, paymentId, query = "", headers = {}, body = "" }: WireCallback): Callback {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    method,
    ...(paymentId !== undefined && { paymentId }),
    query,
    headers: Object.fromEntries(lower),
    body: Buffer.from(body),
  };
}

export function read(callback: Callback, place: Place): string | undefined {
  switch (place.in) {
    case "query":
      return readPair(callback.query, place.name);
    case "form":
      return readPair(callback.body.toString(), place.name);
    case "header":
      return callback.headers[place.name.toLowerCase()];
    case "json": {
      const value = valueAt(parsed(callback), place.name);
      return value === undefined ? undefined : JSON.stringify(value);
    }
    case "elsewhere":
      return place.read(callback);
    default:
      return place satisfies never;
  }
}

/** What stands at the place as text, without the quotation marks of JSON; empty where nothing does. */
export function textAt(callback: Callback, place: Place): string {
  const found = read(callback, place);
  if (found === undefined || place.in !== "json") return found ?? "";
  return String(JSON.parse(found));
}

/** The callback with another text at the place, all else as it was; `undefined` takes it out. */
export function write(callback: Callback, place: Place, text: string | undefined): Callback {
  switch (place.in) {
    case "query":
      return { ...callback, query: writePair(callback.query, place.name, text) };
    case "form":
      return { ...callback, body: Buffer.from(writePair(callback.body.toString(), place.name, text)) };
    case "header": {
      const { [place.name.toLowerCase()]: _, ...others } = callback.headers;
      return {
        ...callback,
        headers: text === undefined ? others : { ...others, [place.name.toLowerCase()]: text },
      };
    }
    case "json":
      return { ...callback, body: Buffer.from(writeJson(parsed(callback), place.name, text)) };
    case "elsewhere":
      return place.write(callback, text);
    default:
      return place satisfies never;
  }
}

/** The callback with a second value at the place, beside the one it has; nothing where a place cannot have two. */
export function repeat(callback: Callback, place: Place, other: string): readonly Callback[] {
  const own = read(callback, place);
  if (own === undefined) return [];
  switch (place.in) {
    case "query":
      return around(callback.query, place.name, other).map((query) => ({ ...callback, query }));
    case "form":
      return around(callback.body.toString(), place.name, other).map((body) => ({
        ...callback,
        body: Buffer.from(body),
      }));
    case "header":
      return [write(callback, place, `${own}, ${other}`), write(callback, place, `${other}, ${own}`)];
    case "json":
      return [Buffer.from(repeatKey(parsed(callback), place.name, other))].map((body) => ({ ...callback, body }));
    case "elsewhere":
      return [];
    default:
      return place satisfies never;
  }
}

/** The callback with what stands at the place moved to where it does not belong. */
export function move(callback: Callback, place: Place, isBodySigned: boolean): readonly Callback[] {
  if (place.in === "elsewhere" || read(callback, place) === undefined) return [];
  const value = textAt(callback, place);
  const bare = write(callback, place, undefined);
  const name = place.name.split(".").at(-1)!;
  const isJson = bare.body.toString().startsWith("{");
  const targets: Place[] = [
    { in: "query", name },
    { in: "header", name },
    { in: "header", name: `x-${name}` },
  ];
  if (!isBodySigned) targets.push({ in: isJson ? "json" : "form", name });
  const moved = targets
    .filter((target) => !(target.in === place.in && target.name.toLowerCase() === place.name.toLowerCase()))
    .map((target) => write(bare, target, target.in === "json" ? JSON.stringify(value) : value));
  return [...moved, write(bare, { in: "header", name: "cookie" }, `${name}=${encodeURIComponent(value)}`)];
}

/** What can stand at the place: JSON where that is JSON. */
export function literal(place: Place, text: string): string {
  return place.in === "json" ? JSON.stringify(text) : text;
}

function pairs(encoded: string): readonly { readonly name: string; readonly pair: string; readonly value: string }[] {
  return encoded
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [entry] = new URLSearchParams(pair);
      return { name: entry?.[0] ?? "", value: entry?.[1] ?? "", pair };
    });
}

const pairOf = (name: string, value: string) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;

function readPair(encoded: string, name: string): string | undefined {
  return pairs(encoded).find((one) => one.name === name)?.value;
}

function writePair(encoded: string, name: string, value: string | undefined): string {
  const all = pairs(encoded);
  const kept = all.flatMap((one) => {
    if (one.name !== name) return [one.pair];
    return value === undefined ? [] : [pairOf(name, value)];
  });
  const isNew = value !== undefined && !all.some((one) => one.name === name);
  return (isNew ? [...kept, pairOf(name, value)] : kept).join("&");
}

/** Before and behind the value that is there, and a second time the same. */
function around(encoded: string, name: string, other: string): readonly string[] {
  const same = pairOf(name, readPair(encoded, name)!);
  return [`${pairOf(name, other)}&${encoded}`, `${encoded}&${pairOf(name, other)}`, `${encoded}&${same}`];
}

function parsed({ body }: Callback): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

// No gateway sends it, so it can be found again in the text.
const MARK = "@@ place of the contract suite @@";

/** JSON is put in as text, so that numbers keep their digits. */
function writeJson(value: unknown, path: string, json: string | undefined): string {
  const changed = withValueAt(value, path.split("."), () => (json === undefined ? undefined : MARK));
  return JSON.stringify(changed).replace(JSON.stringify(MARK), () => json ?? "");
}

function repeatKey(value: unknown, path: string, json: string): string {
  const keys = path.split(".");
  const key = keys.pop()!;
  const changed = withValueAt(value, keys, (parent) => ({ [MARK]: MARK, ...(parent as object) }));
  const pair = `${JSON.stringify(MARK)}:${JSON.stringify(MARK)}`;
  return JSON.stringify(changed).replace(pair, () => `${JSON.stringify(key)}:${json}`);
}

function withValueAt(value: unknown, [key, ...rest]: readonly string[], change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const parent = isObject(value) ? value : {};
  const copy = Array.isArray(parent) ? [...parent] : { ...parent };
  return Object.assign(copy, { [key]: withValueAt(parent[key], rest, change) });
}
