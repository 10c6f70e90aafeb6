import { same } from "../../same.ts";
import { write } from "../fixtures/places.ts";
import { each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { Subject } from "../subject.ts";
import { deliver } from "./deliver.ts";

/** UTF-8, encodings that write what decides alike, and a label that no decoder knows. */
const CHARSETS = ["utf-8", "ISO-8859-2", "windows-1250", "none"];

/** Tests how callbacks are labelled. Gateways and proxies change that without notice, and no label proves anything. */
export function testContentTypes({ check, ...rest }: Subject): void {
  const subject = { check, ...rest };
  check("reads callbacks under each spelling of their content type, and without one", async () => {
    await each(recordedOf(subject), async ({ callback, gives }) => {
      const own = callback.headers["content-type"] ?? typeOf(callback.body.toString());
      const [bare = ""] = own.split(";");
      const spellings = own.startsWith("multipart/")
        ? [own]
        : [
            undefined,
            bare,
            bare.toUpperCase(),
            ...CHARSETS.map((charset) => `${bare}; charset=${charset}`),
            `${bare};charset=UTF-8`,
          ];
      for (const type of spellings) {
        const labelled = write(callback, { in: "header", name: "content-type" }, type);
        const parsed = await deliver(subject.provider, labelled);
        same(
          parsed,
          gives,
          `it means the same with the content-type ${type ?? "left out"}; read the body, not its label`,
        );
      }
    });
  });
}

function typeOf(body: string): string {
  return /^\s*[{[]/.test(body) ? "application/json" : "application/x-www-form-urlencoded";
}
