/** Runs while the system's clock shows another time, as far as `Date` tells it. */
export async function atSystemTime<T>(now: number, run: () => Promise<T>): Promise<T> {
  const System = globalThis.Date;
  globalThis.Date = new Proxy(System, {
    get: (target, name, receiver) => (name === "now" ? () => now : Reflect.get(target, name, receiver)),
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now] : args, newTarget),
    apply: () => new System(now).toString(),
  });
  try {
    return await run();
  } finally {
    globalThis.Date = System;
  }
}
