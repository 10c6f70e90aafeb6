import { createMasking, type Masking, readSentence, type Show } from "../exchanges/mask.ts";
import { isPrivateName } from "../exchanges/private-names.ts";

/** Characters of one error that are kept. */
const LONGEST = 200;
const MOST_CAUSES = 3;
const NAME = /^[\w$]{1,60}$/;
const CODE = /^[A-Z0-9_]{2,40}$/;
const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Describes what a handler threw in one short line, for the store and the log: the first line of the error's text that is not empty, and those of its
 * causes, masked like an exchange with a gateway.
 */
export function describeError(error: unknown): string {
  try {
    if (!(error instanceof Error)) return "threw something that is not an Error";
    const chain = causesOf(error);
    const masking = createMasking((name) => isPrivateName(name, NO_NAMES));
    const lines = chain.map((one) => readLine(one, masking));
    return lines.map((show) => show()).join("; cause: ");
  } catch {
    return "threw something that cannot be read";
  }
}

function causesOf(error: Error): readonly unknown[] {
  const chain: unknown[] = [error];
  for (let cause = error.cause; cause !== undefined && chain.length <= MOST_CAUSES; ) {
    chain.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return chain;
}

function readLine(error: unknown, masking: Masking): Show {
  if (!(error instanceof Error)) return () => "not an Error";
  const name = NAME.test(error.name) ? error.name : "Error";
  const [first = ""] = error.message.trimStart().split("\n", 1);
  const show = readSentence(first.replaceAll(/\p{Cc}/gu, " "), masking);
  const { code } = error as { readonly code?: unknown };
  return () => {
    const text = show();
    const shownCode = typeof code === "string" && CODE.test(code) && !text.includes(code) ? ` ${code}` : "";
    return `${name}${shownCode}${text === "" ? "" : `: ${text}`}`.slice(0, LONGEST);
  };
}
