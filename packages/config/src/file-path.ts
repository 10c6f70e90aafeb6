import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PayError } from "@pay/core";

/**
 * The absolute path of a file.
 *
 * @param field names the argument in the error
 * @throws PayError `INVALID_CONFIG` for a URL that is not a file's
 */
export function filePathOf(file: string | URL, field: string): string {
  if (typeof file === "string" && !/^file:/i.test(file)) return resolve(file);
  try {
    return fileURLToPath(file);
  } catch {
    throw new PayError("INVALID_CONFIG", `${field} must be a path or a file: URL.`, { field });
  }
}
