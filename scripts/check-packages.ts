// Packs every package and checks the tarballs by the rules of npm and bundlers.
import { readFileSync } from "node:fs";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { argsOf } from "./flags.ts";
import { packAll, ROOT } from "./packages.ts";

argsOf("check:packages, without arguments", {});
let problems = 0;
for (const [name, { folder, tarball }] of packAll()) {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const packed = readFileSync(tarball);
  const { messages } = await publint({ pack: { tarball: toArrayBuffer(packed) }, strict: true });
  for (const message of messages) console.error(`${name}: ${formatMessage(message, manifest) ?? message.code}`);
  problems += messages.length;
  console.log(
    `${name} ${messages.length === 0 ? "is fine" : `has ${messages.length} problems`} (${packed.length} bytes)`,
  );
}
problems += await countCopies();
process.exitCode = problems === 0 ? 0 : 1;

/** Core's entries share their modules: a copy of `PayError` for each would pass `isPayError` and fail `instanceof`. */
async function countCopies(): Promise<number> {
  const seen = new Map<string, unknown>();
  let copies = 0;
  for (const entry of ["index", "adapter", "store", "testing", "config"]) {
    const exported = Object.entries(await import(`${ROOT}/packages/core/dist/${entry}.js`));
    for (const [name, value] of exported) {
      if (seen.has(name) && seen.get(name) !== value) {
        console.error(`@pay/core: ${entry}.js has a copy of ${name} of its own; build it with shared chunks.`);
        copies++;
      }
      seen.set(name, value);
    }
  }
  return copies;
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
