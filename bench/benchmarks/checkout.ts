import { atMost, type Benchmark } from "../harness/benchmark.ts";
import { inPairs, ratioOf, spreadOf } from "../harness/pairs.ts";
import { startServer } from "../harness/server.ts";

/** The CPU cost of a checkout in this process, without the store. Both send the same request to the same gateway beside them. */
export const checkout: Benchmark = {
  name: "checkout",
  async run({ isShort, pairs, progress }) {
    const gateway = await startServer(new URL("../references/gateway.ts", import.meta.url), {});
    const options = { gateway: `http://127.0.0.1:${gateway.port}` };
    const modules = ["../references/ky-valibot.ts", "../ours/checkout.ts", "../references/fetch.ts"];
    const servers = await Promise.all(modules.map((module) => startServer(new URL(module, import.meta.url), options)));
    const count = isShort ? 300 : 5_000;
    const costs = servers.map((server) => async () => (await server.measure(() => server.run(count))).cpu / count);
    const [byHand, ours, bare] = costs as [() => Promise<number>, () => Promise<number>, () => Promise<number>];
    try {
      const bareCosts: number[] = [];
      const measured = await inPairs(pairs, progress, byHand, async () => {
        bareCosts.push(await bare());
        return ours();
      });
      const middle = (at: 0 | 1) => spreadOf(measured.map((pair) => pair[at])).median.toFixed(0);
      return [
        {
          what: "checkout without the store, CPU ÷ ky and valibot doing the same request",
          goal: atMost(1.25),
          measured: ratioOf(measured, (cost) => cost),
          detail: `${middle(1)} µs ÷ ${middle(0)} µs; bare fetch ${spreadOf(bareCosts).median.toFixed(0)} µs`,
        },
      ];
    } finally {
      for (const server of [...servers, gateway]) await server.stop();
    }
  },
};
