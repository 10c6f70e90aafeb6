import { describe, expect, it } from "@jest/globals";
import { systemClock, systemRandom } from "./system.ts";

describe("the system's randomness", () => {
  it("gives as much as is asked for, and no byte twice", () => {
    const pieces = [1, 10, 4096, 4095, 2, 10_000, 0].map((size) => {
      const piece = systemRandom(size);
      expect(piece.byteLength).toBe(size);
      return piece;
    });
    const [one, ten] = [systemRandom(10), systemRandom(10)];
    const before = [...one];
    for (let n = 0; n < 2000; n++) systemRandom(10);
    // The bytes returned earlier do not change.
    expect([...one]).toEqual(before);
    expect([...ten]).not.toEqual(before);
    expect(new Set(Array.from({ length: 1000 }, () => systemRandom(16).join())).size).toBe(1000);
    expect(pieces).toHaveLength(7);
  });
});

describe("the system's clock", () => {
  it.each([2 ** 31, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE])(
    "sleeps as long as a timer can for %d ms, instead of not at all",
    async (time) => {
      const stop = new AbortController();
      let ended = false;
      const sleeping = systemClock.sleep(time, stop.signal).then(() => {
        ended = true;
      });
      await systemClock.sleep(20);
      expect(ended).toBe(false);
      stop.abort();
      await sleeping;
    },
  );

  it("ends a sleep when its signal aborts, and leaves no listener behind", async () => {
    const stop = new AbortController();
    let ended = 0;
    const sleeps = [1_000_000, 1_000_000].map((time) => systemClock.sleep(time, stop.signal).then(() => ended++));
    stop.abort();
    await Promise.all(sleeps);
    expect(ended).toBe(2);
    await systemClock.sleep(1_000_000, stop.signal);
    await systemClock.sleep(-5);
    await systemClock.sleep(1, new AbortController().signal);
  });
});
