import type { StrictParams } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import { isReadable, REPEATED, strictParams } from "./strict-params.ts";

const PART_LIMIT = 100;

/**
 * Reads the text fields of `multipart/form-data`. The platform's own parser decodes what is not UTF-8 to U+FFFD.
 *
 * @throws PayError `MALFORMED` for another body, and for more than 100 parts
 */
export async function parseMultipart(
  body: Uint8Array,
  contentType: string | null,
  unreadable: string[] = [],
): Promise<StrictParams> {
  // Without the check, `formData` also reads a form of the other kind.
  const isMultipart = /^multipart\/form-data\s*;/i.test(contentType ?? "");
  const headers = { "content-type": contentType ?? "" };
  const whole = new Response(body as Uint8Array<ArrayBuffer>, { headers });
  const parts = isMultipart ? await whole.formData().then(Array.from<[string, unknown]>, () => undefined) : undefined;
  if (parts === undefined || parts.length > PART_LIMIT) {
    throw new PayError("MALFORMED", `The body is not multipart/form-data of at most ${PART_LIMIT} parts.`);
  }
  const values = new Map<string, unknown>();
  for (const [name, value] of parts) values.set(name, values.has(name) ? REPEATED : value);
  const decode = (value: unknown) =>
    typeof value === "string" && isReadable(value) && !value.includes("\ufffd") ? value : undefined;
  return strictParams(values, decode, unreadable);
}
