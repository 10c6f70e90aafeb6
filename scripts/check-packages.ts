// Packs every package and checks the tarballs by the rules of npm and bundlers.
import { readFileSync } from "node:fs";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packAll } from "./packages.ts";

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
process.exitCode = problems === 0 ? 0 : 1;

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
