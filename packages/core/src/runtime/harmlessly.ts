/** Calls a function of the app whose failure must harm nothing here. An async one fails later, which would end the process. */
export function harmlessly(call: () => unknown): void {
  try {
    const returned = call();
    if (isPromise(returned)) returned.then(undefined, () => {});
  } catch {
    // There is no other place to report to.
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined)?.then === "function";
}
