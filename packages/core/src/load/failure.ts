import { isPayError } from "../model/errors.ts";
import type { Problems } from "./problems.ts";

/** As classes and the codes of Node look. */
const TAG = /^[A-Za-z][A-Za-z_]{0,49}$/;

/** Class and code of an error from anywhere, since its text may quote anything. */
export interface Failure {
  /** e.g. `TypeError`, or `Error, ERR_MODULE_NOT_FOUND` */
  readonly text: string;
  readonly cause: Error;
}

export function failureOf(error: unknown): Failure {
  // Not by `instanceof`: what a module throws may come from another realm.
  const given = Object(error) as { readonly name?: unknown; readonly code?: unknown };
  const [name = "Error", code] = [given.name, given.code].map((tag) => (isTag(tag) ? tag : undefined));
  const text = code === undefined ? name : `${name}, ${code}`;
  return { text, cause: Object.assign(new Error(code ?? "It failed."), { name }, code && { code }) };
}

function isTag(text: unknown): text is string {
  return typeof text === "string" && TAG.test(text);
}

/** What an adapter, a store or Pay itself makes of a configuration, or a problem at the path. */
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
      problems.add(path, `makes its package fail (${text})`, cause);
      return undefined;
    }
    const { field = "", message } = error;
    const isOwn = field === "" || field === path.at(-1);
    problems.add(isOwn ? path : [...path, ...field.split(".")], message.replace(`${field} `, "").replace(/\.$/, ""));
    return undefined;
  }
}
