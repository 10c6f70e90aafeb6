import { isUtf8 } from "node:buffer";
import type { StrictParams } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import { isReadable, REPEATED, strictParams } from "./strict-params.ts";

/** RFC 2046 allows 70 characters; some senders use a long digest. */
const BOUNDARY_LIMIT = 200;

/**
 * Reads the text fields of `multipart/form-data`. Only the fields that are asked for are judged, so no other part refuses a callback. A
 * part without a name is left out. Unreadable are: a file; a text that is not UTF-8; an encoding other than base64 and quoted-printable;
 * a value with a line that begins like a delimiter; a part that does not end, or stands after the last one; and a part that states its
 * name twice, or not as `form-data`. All delimiters end their lines as the first one does, with CRLF or LF. Labels of charsets are not
 * read, as in a form.
 *
 * @param unreadable receives the names that `getIfReadable` could not read
 * @throws PayError `MALFORMED` for another content type, and for a body without its delimiter
 */
export function parseMultipart(body: Uint8Array, contentType: string | null, unreadable: string[] = []): StrictParams {
  const boundary = boundaryOf(contentType ?? "");
  // One character per byte: each name and each value is decoded by itself.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const parts = boundary === undefined ? undefined : partsOf(text.replace(/^\xef\xbb\xbf/, ""), `--${boundary}`);
  if (parts === undefined) {
    throw new PayError(
      "MALFORMED",
      "The body is not multipart/form-data with the boundary that its content-type names.",
    );
  }
  const values = new Map<string, Read | typeof REPEATED>();
  for (const part of parts) {
    for (const [name, read] of fieldsOf(part)) values.set(name, values.has(name) ? REPEATED : read);
  }
  return strictParams(values, (read) => read(), unreadable);
}

/** Decodes a value; `undefined` if it is unreadable. */
type Read = () => string | undefined;

function boundaryOf(contentType: string): string | undefined {
  const { kind, parameters } = readParameters(contentType);
  const [boundary = "", ...others] = parameters.filter(([name]) => name === "boundary").map(([, value]) => value);
  const isUsable = boundary !== "" && boundary.length <= BOUNDARY_LIMIT && others.length === 0;
  return isUsable && /^multipart\/form-data(?:[\s;,]|$)/.test(kind) ? boundary : undefined;
}

/** RFC 1867 has a comma before the boundary in its example. */
const PARAMETER = /[;,]\s*([\w*-]+)\s*=\s*("[^"]*"|[^\s";,]*)/g;

/** The parameters of a header, with their names in lower case, and what is left of the header without them. */
function readParameters(header: string) {
  const parameters = Array.from(header.matchAll(PARAMETER), ([, name = "", value = ""]) => {
    return [name.toLowerCase(), value.startsWith('"') ? value.slice(1, -1) : value] as const;
  });
  return { parameters, kind: header.replace(PARAMETER, "").trim().toLowerCase() };
}

/** A part as it came, one character per byte. */
interface Part {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** `undefined` if another parser may see another value. */
  readonly value: string | undefined;
}

/** `undefined` if no line is a delimiter. */
function partsOf(text: string, delimiter: string): readonly Part[] | undefined {
  const escaped = delimiter.replace(/\W/g, "\\$&");
  const first = new RegExp(`(?:^|\\n)${escaped}(?:--)?[ \\t]*(\\r?\\n|$)`).exec(text)?.[1];
  if (first === undefined) return undefined;
  const lineBreak = first || "\n";
  const pieces = `${lineBreak}${text}`.split(`${lineBreak}${delimiter}`).slice(1);
  // `null` if the line only begins like a delimiter.
  const lines = pieces.map((piece) =>
    (lineBreak === "\n" ? /^(--)?[ \t]*(?=\n|$)/ : /^(--)?[ \t]*(?=\r\n|$)/).exec(piece),
  );
  const end = lines.findIndex((line) => line?.[1] !== undefined);
  return pieces.flatMap((piece, at) => {
    const line = lines[at];
    if (!line || line[1] !== undefined) return [];
    const part = readPart(piece.slice(line[0].length));
    const isWhole = Boolean(lines[at + 1]) && (end < 0 || at < end);
    // In lines that end otherwise, other parsers see a delimiter too.
    const isClear = !`\n${part.value}`.replaceAll("\r", "\n").includes(`\n${delimiter}`);
    return [isWhole && isClear ? part : { ...part, value: undefined }];
  });
}

/** @param text from the end of the delimiter's line on */
function readPart(text: string): Part {
  const blank = /\r?\n\r?\n/.exec(text);
  const lines = text
    .slice(0, blank?.index)
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/);
  const headers = lines.map((line) => {
    const [name = ""] = line.split(":", 1);
    return [name.trim().toLowerCase(), line.slice(name.length + 1).trim()] as const;
  });
  return { headers, value: blank === null ? undefined : text.slice(blank.index + blank[0].length) };
}

/** The one field of a part; each name that it states, unreadable, if it is no clear text field. */
function fieldsOf({ headers, value }: Part): readonly (readonly [name: string, read: Read])[] {
  const valuesOf = (wanted: string) => headers.filter(([name]) => name === wanted).map(([, text]) => text);
  const dispositions = valuesOf("content-disposition").map(readParameters);
  const parameters = dispositions.flatMap((one) => one.parameters);
  const names = parameters.filter(([name]) => name === "name").map(([, text]) => nameOf(text));
  const isField = dispositions.every(({ kind }) => /^form-data[\s;,]*$/.test(kind));
  const isOdd = names.length !== 1 || parameters.some(([name]) => /^(?:filename\*?|name\*)$/.test(name));
  const encodings = valuesOf("content-transfer-encoding");
  const read = () => (isField && !isOdd && value !== undefined ? textOf(value, encodings.join()) : undefined);
  return names.flatMap((name) => (name === undefined ? [] : [[name, read] as const]));
}

/** Browsers percent-encode these three characters of a name, and no others. */
function nameOf(bytes: string): string | undefined {
  return textOf(bytes)?.replace(/%(?:22|0a|0d)/gi, decodeURIComponent);
}

/** @param encoding as `content-transfer-encoding` names it */
function textOf(encoded: string, encoding = ""): string | undefined {
  const latin1 = DECODERS.get(encoding.toLowerCase())?.(encoded);
  if (latin1 === undefined) return undefined;
  const bytes = Buffer.from(latin1, "latin1");
  const text = bytes.toString();
  return isUtf8(bytes) && isReadable(text) ? text : undefined;
}

const plain = (text: string) => text;

const DECODERS: ReadonlyMap<string, (text: string) => string | undefined> = new Map([
  ["", plain],
  ["7bit", plain],
  ["8bit", plain],
  ["binary", plain],
  ["base64", fromBase64],
  ["quoted-printable", fromQuotedPrintable],
]);

function fromBase64(text: string): string | undefined {
  const digits = text.replace(/[\r\n\t ]/g, "");
  const bytes = Buffer.from(digits, "base64");
  return bytes.toString("base64") === digits ? bytes.toString("latin1") : undefined;
}

function fromQuotedPrintable(text: string): string | undefined {
  const line = text.replace(/=\r?\n/g, "");
  if (/=(?![0-9a-f]{2})/i.test(line)) return undefined;
  return line.replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
