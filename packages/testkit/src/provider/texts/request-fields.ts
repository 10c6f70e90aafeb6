import type { WireRequest } from "../fixtures/wire.ts";
import { decoded } from "./request-texts.ts";

/** A value in a request, and its name. */
export interface Leaf {
  readonly name: string;
  /** In JSON, the names of the objects around it and its own: `urls.success`. */
  readonly path: string;
  readonly text: string;
}

/** The values in a request's address and body, in the order of the request. */
export function leavesOf({ body, target }: Pick<WireRequest, "body" | "target">): readonly Leaf[] {
  const [path = "", query = ""] = target.split("?", 2);
  return [
    { name: "the path", path: "the path", text: decoded(path) },
    ...pairsIn(query),
    ...leavesIn("the body", body),
  ];
}

/** Takes JSON, a form, or Base64 of JSON apart. Splits any other format at each character that no address may have. */
function leavesIn(name: string, text: string): readonly Leaf[] {
  const json = parsed(text);
  if (json !== undefined) return leavesOfJson(name, json);
  if (/^[^\s<>{}=&]+=/.test(text)) return pairsIn(text);
  return text.split(/[\s<>{}"'|,]+/).map((text, at) => ({ name: `${name}, piece ${at + 1}`, path: name, text }));
}

function pairsIn(encoded: string): readonly Leaf[] {
  return [...new URLSearchParams(encoded)].flatMap(([name, text]) => leavesOfJson(name, text));
}

function leavesOfJson(name: string, value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((one) => leavesOfJson(name, one, path));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => leavesOfJson(key, inner, [...path, key]));
  }
  const leaf = (text: string): Leaf => ({ name, path: path.join(".") || name, text });
  if (typeof value !== "string") return [leaf(String(value))];
  const inner = [value, ...value.split(".").map((part) => Buffer.from(part, "base64").toString())].map(parsed);
  const found = inner.filter((one) => one !== undefined);
  return found.length === 0 ? [leaf(value)] : found.flatMap((one) => leavesOfJson(name, one, path));
}

/** The object or list that a text holds as JSON. */
function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True if one text contains another: as it is, percent-encoded up to twice, or in Base64 from any character on. */
export function tells(text: string, other: string): boolean {
  const readable = decoded(decoded(text));
  const hidden = [...readable.matchAll(/[\w+/-]{20,}/g)].flatMap(([run]) =>
    [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), "base64").toString("latin1")),
  );
  return [text, readable, ...hidden].some((one) => one.includes(other));
}
