// Run by a test as a process of its own: with redeliveries planned on the real clock, close() must let the process end.
import { startSimulator } from "../src/index.ts";
import { createGosetti, createSellly } from "./create.ts";

const simulator = await startSimulator();
for (const id of [await createSellly(simulator), await createGosetti(simulator)]) {
  await simulator.act(id, "pay");
  await simulator.idle(id);
}
if (simulator.callbacks().some(({ verdict }) => verdict.kind === "accepted")) process.exitCode = 1;
await simulator.close();
