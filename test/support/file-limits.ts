import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const FRAME = 24 + 4096;

/** Whether the disk can be taken away from a running process here: Linux can. */
export const canLimit: boolean = process.platform === "linux";

/**
 * From now on a process cannot write beyond this many bytes of any file, as if the disk ended there: what begins before is
 * cut, what begins behind fails. Node ignores the signal that comes with it. 0 lets it write nothing at all.
 */
export function limitFiles(pid: number, bytes: number | "unlimited"): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`prlimit (of util-linux) failed: ${stderr ?? "there is none"}`);
}

/** Where the next write to a database's log begins: behind its last committed frame, which the log's index knows. */
export function endOfLog(path: string): number {
  const index = readFileSync(`${path}-shm`);
  const frames = index.readUInt32LE(16);
  return frames === 0 ? 0 : 32 + frames * FRAME;
}

/** Where each write of the frames after that one begins: a frame's head, its page, the next one's head. */
export function* writesFrom(end: number): Generator<number> {
  for (let frame = 0; ; frame++) {
    yield end + frame * FRAME;
    yield end + frame * FRAME + 24;
  }
}
