import { textAt, whole, write } from "../fixtures/places.ts";
import { recordedOf } from "../fixtures/recorded-callbacks.ts";
import { deliver } from "../receive/deliver.ts";
import type { Subject } from "../subject.ts";
import { assertHides, privateTexts, secretsOf } from "../texts/secrets.ts";
import { performEach } from "./every-operation.ts";

/** Tests what the adapter writes to the console. Logs are kept for years, and many read them. */
export function testOutput(subject: Subject): void {
  const { callbacks } = subject.fixtures;
  subject.check("writes no secret, no proof and nothing of the buyer to the console", async () => {
    const recorded = [
      ...recordedOf(subject).map(({ callback }) => callback),
      ...(callbacks.ignored ?? []).map((one) => whole(one.callback)),
    ];
    const { proof } = callbacks;
    const forged = proof === undefined ? [] : recorded.map((callback) => write(callback, proof.at, "1"));
    const proofs = proof === undefined ? [] : recorded.map((callback) => textAt(callback, proof.at));
    const written = await outputOf(async () => {
      await performEach(subject);
      for (const callback of [...recorded, ...forged]) await deliver(subject.provider, callback);
    });
    const texts = [...secretsOf(subject), ...proofs, ...privateTexts(subject), ...(callbacks.personal ?? [])];
    assertHides(written, texts, "the console, to which an adapter writes nothing,");
  });
}

/** Everything that is written to the console, or past it to the process's output, while this runs. */
async function outputOf(run: () => Promise<void>): Promise<readonly unknown[]> {
  const written: unknown[] = [];
  const record = (...args: readonly unknown[]) => {
    written.push(args);
    return true;
  };
  const restores = [
    ...(["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const).map((name) =>
      replaced(console, name, record),
    ),
    ...[process.stdout, process.stderr].map((stream) => replaced(stream, "write", record)),
  ];
  try {
    await run();
    return written;
  } finally {
    for (const restore of restores) restore();
  }
}

function replaced<T extends object, K extends keyof T>(target: T, name: K, value: unknown): () => void {
  const own = target[name];
  target[name] = value as T[K];
  return () => {
    target[name] = own;
  };
}
