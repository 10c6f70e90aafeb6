import { describe, expect, it } from "@jest/globals";
import { idle } from "../testing/manual-clock.ts";
import { createInFlight } from "./in-flight.ts";

describe("work that is waited for", () => {
  it("has ended at once where none is under way, and else when the last of it ends", async () => {
    const work = createInFlight();
    await work.ended();
    work.begin();
    work.begin();
    let ended = 0;
    for (let n = 0; n < 2; n++) void work.ended().then(() => ended++);
    work.end();
    await idle();
    expect(ended).toBe(0);
    work.end();
    await idle();
    expect(ended).toBe(2);
    await work.ended();
  });
});
