import { argsOf } from "../../scripts/flags.ts";
import { mixed, selllyCallback } from "../harness/callbacks.ts";
import { load } from "../harness/load.ts";
import { endProgress, progressOf } from "../harness/progress.ts";
import { type Server, startServer } from "../harness/server.ts";
import { allDelivered, inboxRows, seedPostgres, withPostgres } from "../seed/postgres.ts";

// Several Pays on one PostgreSQL, as a shop runs them behind a load balancer: their total rate, and whether each gets
// its share. On two cores, shared with the server and the client, more Pays can hardly do more.

const CALLBACKS = 6_000;
const CONNECTIONS = 64;

argsOf("bench:instances, without arguments", {});
for (const instances of [1, 2, 4]) {
  const progress = progressOf(`${instances} instances`);
  await withPostgres(async (postgres) => {
    progress("seeding payments");
    const url = await postgres.create("pay");
    const targets = mixed(await seedPostgres(url, "cards", CALLBACKS)).map(selllyCallback);
    const servers: Server[] = [];
    try {
      for (let n = 0; n < instances; n++) {
        servers.push(await startServer(new URL("../ours/pay-postgres.ts", import.meta.url), { url }));
      }
      progress("measuring");
      const began = performance.now();
      const reports = await Promise.all(
        servers.map(({ port }, n) =>
          load({
            port,
            connections: CONNECTIONS / instances,
            targets: targets.filter((_, at) => at % instances === n),
            expect: "200 OK",
          }),
        ),
      );
      const answered = performance.now();
      await allDelivered(url);
      const delivered = performance.now();
      const rows = await inboxRows(url);
      if (rows !== CALLBACKS) throw new Error(`${rows} rows in the inbox for ${CALLBACKS} acknowledgements.`);
      const rates = reports.map(({ requests, seconds }) => requests / seconds);
      const each = (time: number) => Math.round((1000 * CALLBACKS) / (time - began));
      endProgress();
      console.log(
        `${instances} on one PostgreSQL: ${each(answered)}/s answered, ${each(delivered)}/s delivered; slowest ÷ fastest ${(Math.min(...rates) / Math.max(...rates)).toFixed(2)}`,
      );
    } finally {
      for (const server of servers) await server.stop();
    }
  });
}
