import { isPayError } from "@pay/core";
import type { Problems } from "./problems.ts";

/** The form of class names and of Node's error codes. */
const TAG = /^[A-Za-z][A-Za-z_]{0,49}$/;

/** Class and code of a thrown value. Its text is left out because it may quote anything. */
export interface Failure {
  /** e.g. `TypeError`, or `Error, ERR_MODULE_NOT_FOUND` */
  readonly text: string;
  readonly cause: Error;
}

export function failureOf(error: unknown): Failure {
  // A module may throw an error of another realm, for which `instanceof` is false.
  const given = Object(error) as { readonly name?: unknown; readonly code?: unknown };
  const [name = "Error", code] = [given.name, given.code].map((tag) => (isTag(tag) ? tag : undefined));
  const text = code === undefined ? name : `${name}, ${code}`;
  return { text, cause: Object.assign(new Error(code ?? "It failed."), { name }, code && { code }) };
}

function isTag(text: unknown): text is string {
  return typeof text === "string" && TAG.test(text);
}

/** The result of an adapter, a store or one of Pay's own checks; what it throws becomes a problem at the path. */
export async function attempt<T>(
  path: readonly string[],
  problems: Problems,
  make: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!isPayError(error)) {
      const { cause, text } = failureOf(error);
      problems.add(path, `made its package throw (${text})`, cause);
      return undefined;
    }
    const { field = "", message } = error;
    const isOwn = field === "" || field === path.at(-1);
    const remedy = (field === "" ? message : message.replace(`${field} `, "")).replace(/\.$/, "");
    problems.add(isOwn ? path : [...path, ...field.split(".")], remedy);
    return undefined;
  }
}
