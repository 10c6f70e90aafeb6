import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const FRAME = 24 + 4096;

/** True if this system can limit the files of a running process, as Linux can. */
export const canLimit: boolean = process.platform === "linux";

/**
 * Prevents a process from writing beyond this many bytes of any file, as if the disk ended there: a write that begins before is cut, a later
 * one fails. Node ignores the signal. 0 prevents all writes.
 */
export function limitFiles(pid: number, bytes: number | "unlimited"): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`prlimit (of util-linux) failed: ${stderr ?? "there is none"}`);
}

/** The offset of the next write to a database's log: after its last committed frame, which the log's index has. */
export function endOfLog(path: string): number {
  const index = readFileSync(`${path}-shm`);
  const frames = index.readUInt32LE(16);
  return frames === 0 ? 0 : 32 + frames * FRAME;
}

/** The offsets of the writes of the following frames: a frame's header, its page, the next header. */
export function* writesFrom(end: number): Generator<number> {
  for (let frame = 0; ; frame++) {
    yield end + frame * FRAME;
    yield end + frame * FRAME + 24;
  }
}
