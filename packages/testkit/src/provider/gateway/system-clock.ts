/** Runs while the system's clock shows another time, as far as `Date` tells it. */
export function atSystemTime<T>(now: number, run: () => Promise<T>): Promise<T> {
  const System = globalThis.Date;
  return withDate(
    {
      get: (target, name, receiver) => (name === "now" ? () => now : Reflect.get(target, name, receiver)),
      construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now] : args, newTarget),
      apply: () => new System(now).toString(),
    },
    run,
  );
}

/** Runs while the machine is in another time zone, so that `Date` reads a time without a zone otherwise. */
export function inTimeZone<T>(hours: number, run: () => Promise<T>): Promise<T> {
  const System = globalThis.Date;
  const read = (text: unknown) => System.parse(String(text)) - (ZONELESS.test(String(text)) ? hours * 3_600_000 : 0);
  return withDate(
    {
      get: (target, name, receiver) => (name === "parse" ? read : Reflect.get(target, name, receiver)),
      construct: (target, args, newTarget) => {
        const shifted = args.length === 1 && typeof args[0] === "string" ? [read(args[0])] : args;
        return Reflect.construct(target, shifted, newTarget);
      },
    },
    run,
  );
}

/** A date with a time and nothing behind it that names a zone. */
const ZONELESS = /\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;

async function withDate<T>(traps: ProxyHandler<DateConstructor>, run: () => Promise<T>): Promise<T> {
  const System = globalThis.Date;
  globalThis.Date = new Proxy(System, traps);
  try {
    return await run();
  } finally {
    globalThis.Date = System;
  }
}
