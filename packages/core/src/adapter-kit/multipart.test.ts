import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { parseMultipart } from "./multipart.ts";

const TYPE = "multipart/form-data; boundary=b";
const END = "--b--\r\n";
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const raw = (headers: string, value: string) => `--b\r\n${headers}\r\n\r\n${value}\r\n`;
const part = (name: string, value: string, more = "") =>
  raw(`Content-Disposition: form-data; name="${name}"${more}`, value);
const encoded = (encoding: string, value: string) =>
  raw(`Content-Disposition: form-data; name="status"\r\nContent-Transfer-Encoding: ${encoding}`, value);
const STATUS = part("status", "paid");

/** The text of `status`, or the code of the error. */
function status(text: string, type: string | null = TYPE): unknown {
  try {
    return parseMultipart(latin1(text), type).get("status");
  } catch (error) {
    return isPayError(error) ? error.code : error;
  }
}

describe("a part that is not read", () => {
  it.each([
    ["no content-disposition", raw("Content-Type: text/plain", "x")],
    ["no headers", "--b\r\n\r\nx\r\n"],
    ["no blank line", "--b\r\nContent-Type: text/plain\r\n"],
    ["no value", '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n'],
    ["nothing", "--b\r\n"],
    ["no name", raw("Content-Disposition: form-data", "x")],
    ["another disposition", raw('Content-Disposition: attachment; name="x"', "x")],
    ["a name that does not end", raw('Content-Disposition: form-data; name="x', "x")],
    ["a name with an escaped quotation mark", part('a\\"b', "x")],
    ["a name with a line break", part("a\nb", "x")],
    ["a name that is not UTF-8", part("\xb3", "x")],
    ["two names", raw('Content-Disposition: form-data; name="x"; name="y"', "x")],
    ["a folded header", raw('Content-Disposition: form-data;\r\n name="x"', "x")],
    ["a line that is no header", raw('odd\r\nContent-Disposition: form-data; name="x"', "x")],
    ["a value like the delimiter", part("x", "--b")],
    ["a value that begins like the delimiter", part("x", "--bx")],
    ["a line that begins like the delimiter", part("x", "1\r\n--bx\r\n2")],
    ["a value that is not UTF-8", part("x", "p\xb3atno", "")],
    ["NUL", part("x", "\0")],
    ["an unknown encoding", raw('Content-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: x-uue', "x")],
    ["a file", part("x", "\xff\xd8", '; filename="\xb3.jpg"')],
    ["a file with an extended name", part("x", "1", "; filename*=UTF-8''%C5%82")],
    ["a file with an unreadable extended name", part("x", "1", "; filename*=UTF-8''%FF%")],
    ["the charset of browsers", part("_charset_", "iso-8859-2")],
    ["the same name", part("x", "1").repeat(500)],
  ])("refuses nothing with %s, before or after what is read", (_, odd) => {
    expect(status(odd + STATUS + END)).toBe("paid");
    expect(status(STATUS + odd + END)).toBe("paid");
  });

  it("refuses nothing if it does not end", () => {
    expect(status(STATUS + part("x", "1"))).toBe("paid");
    expect(status(`${STATUS}${part("x", "1")}--b\r\n`)).toBe("paid");
  });
});

describe("a field", () => {
  const lines = STATUS + part("x", "1") + END;
  it.each([
    ["with LF", lines.replaceAll("\r\n", "\n")],
    ["with LF in its headers alone", raw('X: 1\nContent-Disposition: form-data; name="status"', "paid") + END],
    ["after a preamble", `a preamble\r\n--bx\r\n${lines}`],
    ["after a line break", `\r\n${lines}`],
    ["after a byte order mark", `\xef\xbb\xbf${lines}`],
    ["before an epilogue", `${lines}an epilogue\r\n--bx`],
    ["without a last line break", lines.trimEnd()],
    ["with spaces after the delimiter", lines.replaceAll("--b\r\n", "--b \t\r\n")],
    ["in capitals", raw('CONTENT-DISPOSITION:FORM-DATA;NAME="status"', "paid") + END],
    ["in small letters", raw('content-disposition: form-data; name="status"', "paid") + END],
    ["without quotation marks", raw("Content-Disposition: form-data; name=status", "paid") + END],
    ["with spaces", raw('Content-Disposition : form-data ; name = "status" ;', "paid") + END],
    ["in folded lines", raw('Content-Disposition: form-data;\r\n\tname="status"', "paid") + END],
    [
      "with a label of a charset",
      raw('Content-Disposition: form-data; name="status"\r\nContent-Type: text/plain; charset=iso-8859-2', "paid") +
        END,
    ],
    [
      "labelled as bytes",
      raw('Content-Disposition: form-data; name="status"\r\nContent-Type: application/octet-stream', "paid") + END,
    ],
    ["in 8bit", encoded("8bit", "paid") + END],
    ["in BASE64", encoded("BASE64", "cGF\r\npZA==") + END],
    ["in quoted-printable", encoded("quoted-printable", "p=61=\r\ni=64") + END],
  ])("is read %s", (_, text) => {
    expect(status(text)).toBe("paid");
  });

  it.each([
    'multipart/form-data; boundary="b"',
    "Multipart/Form-Data; BOUNDARY=b",
    "multipart/form-data;boundary=b",
    "multipart/form-data ; charset=utf-8; boundary=b ;",
    "multipart/form-data, boundary=b",
    "multipart/form-data; boundary=b; odd",
  ])("is read under %s", (type) => {
    expect(status(STATUS + END, type)).toBe("paid");
  });

  it.each(["a;b", "=_1, 2", "'()+_,-./:=?", "[a]{2}$^\\d", "x".repeat(200)])(
    "is read with the boundary %j",
    (boundary) => {
      const text = (STATUS + END).replaceAll("--b", () => `--${boundary}`);
      expect(status(text, `multipart/form-data; boundary="${boundary}"`)).toBe("paid");
    },
  );

  it.each([
    ["a value with a line like the delimiter of other lines", part("status", "paid\n--b\n")],
    ["a value with a line that begins like the delimiter", part("status", "paid\r\n--bx")],
    ["a value that begins like the delimiter", part("status", "--bx")],
    ["a value like the delimiter", part("status", "--b")],
    ["a value like the end", part("status", "--b--")],
    ["a part after the end", END + STATUS],
    ["a part before and one after the end", STATUS + END + STATUS],
    ["the same part twice", STATUS + STATUS],
    ["a second name", raw('Content-Disposition: form-data; name="x"; name="status"', "paid")],
    ["an extended name too", part("status", "paid", "; name*=UTF-8''x")],
    [
      "a second content-disposition",
      raw('Content-Disposition: form-data; name="status"\r\nContent-Disposition: form-data; name="x"', "1"),
    ],
    ["another disposition", raw('Content-Disposition: attachment; name="status"', "paid")],
    ["something after its name", raw('Content-Disposition: form-data; name="status"x"', "paid")],
    ["a file", part("status", "paid", '; filename=""')],
    ["a file in an extended name", part("status", "paid", "; filename*=UTF-8''x")],
    ["bytes that are not UTF-8", part("status", "paid\xb3")],
    ["NUL", part("status", "paid\0")],
    ["no blank line", '--b\r\nContent-Disposition: form-data; name="status"\r\n'],
    ["two encodings", encoded("base64\r\nContent-Transfer-Encoding: 8bit", "cGFpZA==")],
    ["an unknown encoding", encoded("x-uue", "paid")],
    ["base64 that is none", encoded("base64", "paid!")],
    ["base64 with spare bits", encoded("base64", "cGFpZB==")],
    ["quoted-printable that is none", encoded("quoted-printable", "p=6")],
    ["bytes in quoted-printable that are not UTF-8", encoded("quoted-printable", "paid=B3")],
  ])("is refused when it is read from %s", (_, text) => {
    expect(status(text + END)).toBe("MALFORMED");
    const unreadable: string[] = [];
    expect(parseMultipart(latin1(text + END), TYPE, unreadable).getIfReadable("status")).toBeUndefined();
    expect(unreadable).toEqual(["status"]);
  });

  it("is refused when it is read and does not end", () => {
    expect(status(part("x", "1") + STATUS)).toBe("MALFORMED");
    expect(status(part("x", "1") + STATUS.trimEnd())).toBe("MALFORMED");
  });

  it("is one per name, as browsers write names", () => {
    const params = parseMultipart(latin1(part("a%22%0D%0A%41\xc5\xbc", "1") + part("__proto__", "2") + END), TYPE);
    expect([params.get('a"\r\n%41ż'), params.get("__proto__"), params.get("constructor")]).toEqual([
      "1",
      "2",
      undefined,
    ]);
  });
});

describe("a body", () => {
  it.each([
    null,
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/form-data; boundary=c",
    "multipart/form-data; boundary=b; boundary=c",
    "multipart/form-data; boundary=b, multipart/form-data; boundary=c",
    `multipart/form-data; boundary=${"b".repeat(201)}`,
    "multipart/mixed; boundary=b",
    "multipart/form-datax; boundary=b",
    "application/x-www-form-urlencoded; boundary=b",
  ])("is refused under %j", (type) => {
    expect(status(STATUS + END, type)).toBe("MALFORMED");
  });

  it.each(["", "status=paid", "--", "--bx\r\n", "x--b\r\n"])("is refused without a delimiter: %j", (text) => {
    expect(status(text)).toBe("MALFORMED");
  });

  it("may have no part", () => {
    expect(status(END)).toBeUndefined();
  });
});

/** What the platform reads; a name that stands twice is left out. */
async function platform(bytes: Uint8Array, type: string): Promise<Map<string, unknown>> {
  const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": type } }).formData();
  const names = [...form.keys()];
  return new Map([...form].filter(([name]) => names.filter((one) => one === name).length === 1));
}

describe("the platform's parser", () => {
  const text = fc.string({ unit: "grapheme" });
  const line = fc.oneof(
    text,
    fc.constantFrom("--b", "\r\n--b", "--bx", "\n", "\r", "\r\n\r\n", '"', "%22", "\\", ";", ":"),
  );
  const value = fc.array(line, { maxLength: 6 }).map((lines) => lines.join("").replaceAll("\0", ""));
  const fields = fc.array(fc.tuple(value, value), { maxLength: 8 });

  it("agrees about every form that the platform writes", async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (entries) => {
        const form = new FormData();
        for (const [name, one] of entries) form.append(name, one);
        const written = new Response(form);
        const type = written.headers.get("content-type")!;
        const bytes = new Uint8Array(await written.arrayBuffer());
        const params = parseMultipart(bytes, type);
        for (const [name, read] of await platform(bytes, type)) expect(params.get(name)).toBe(read);
      }),
    );
  });

  it("agrees about well-formed messages with other spellings", async () => {
    const more = fc.constantFrom("", "\r\nContent-Type: text/plain", '\r\nX-Odd: 1; name="x"');
    const spelling = fc.constantFrom(
      "Content-Disposition: form-data; ",
      "content-disposition:form-data;",
      "CONTENT-DISPOSITION: Form-Data; ",
    );
    const boundary = fc.stringMatching(/^\w[\w'()+,./:=?-]{0,40}\w$/);
    const simple = fc.stringMatching(/^[\w .;:=%,-]{0,12}$/);
    const parts = fc.array(fc.tuple(spelling, simple, more, simple), { minLength: 1, maxLength: 8 });
    const around = fc.constantFrom("", "a line\r\n");
    await fc.assert(
      fc.asyncProperty(boundary, parts, around, around, async (b, all, preamble, epilogue) => {
        const written = all.map(
          ([head, name, rest, one]) => `--${b}\r\n${head}name="${name}"${rest}\r\n\r\n.${one}\r\n`,
        );
        const bytes = latin1(`${preamble}${written.join("")}--${b}--\r\n${epilogue}`);
        const type = `multipart/form-data; boundary="${b}"`;
        const params = parseMultipart(bytes, type);
        const read = await platform(bytes, type);
        for (const [name, one] of read) expect(params.get(name)).toBe(one);
        for (const [, name] of all)
          expect(read.has(name) || all.filter((one) => one[1] === name).length > 1 || /%(22|0a|0d)/i.test(name)).toBe(
            true,
          );
      }),
    );
  });
});
