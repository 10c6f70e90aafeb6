import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian's package is unpacked if the machine has no nginx. Nothing of the system changes. */
const CACHE: string = join(import.meta.dirname, "../../node_modules/.cache/nginx");

export interface Nginx {
  readonly url: string;
  close(): Promise<void>;
}

/** The program, from the machine or from Debian's package; or why there is none, and what brings it. */
export function findNginx(): { readonly path: string } | { readonly missing: string } {
  const unpacked = join(CACHE, "usr/sbin/nginx");
  const runs = (path: string) => spawnSync(path, ["-v"]).status === 0;
  const path = ["nginx", "/usr/sbin/nginx", unpacked].find(runs);
  if (path !== undefined) return { path };
  mkdirSync(CACHE, { recursive: true });
  const apt = (command: string) => spawnSync("apt-get", ["-qq", command, "nginx"], { cwd: CACHE, timeout: 60_000 });
  if (apt("download").status !== 0) {
    spawnSync("apt-get", ["-qq", "update"], { timeout: 60_000 });
    apt("download");
  }
  const archive = readdirSync(CACHE).find((name) => name.endsWith(".deb"));
  if (archive !== undefined) spawnSync("dpkg", ["-x", archive, "."], { cwd: CACHE });
  if (existsSync(unpacked) && runs(unpacked)) return { path: unpacked };
  return { missing: "there is no nginx on this machine; on Debian, `apt-get install nginx` brings it" };
}

/** How nginx speaks to the servers: with connections that it keeps, as the README shows, or as it does by itself, with a new one each time. */
const KEPT = { upstream: "keepalive 16;", location: 'proxy_http_version 1.1; proxy_set_header Connection "";' };
const CLOSED = { upstream: "", location: "" };

/** Starts nginx in front of servers on this machine, with a common configuration for a shop with two of them. */
export async function startNginx(path: string, ports: readonly number[], keeps = true): Promise<Nginx> {
  const { upstream, location } = keeps ? KEPT : CLOSED;
  const folder = mkdtempSync(join(tmpdir(), "pay-nginx-"));
  const port = await freePort();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const config = `
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 4096; }
    http {
      access_log off;
      ${paths.join(" ")}
      upstream pay { ${ports.map((one) => `server 127.0.0.1:${one};`).join(" ")} ${upstream} }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://pay;
          ${location}
          proxy_set_header Host $host;
          proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
        }
      }
    }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const args = ["-p", folder, "-e", join(folder, "error.log"), "-c", join(folder, "nginx.conf")];
  const nginx: ChildProcess = spawn(path, args, { stdio: "ignore" });
  const ended = once(nginx, "exit");
  await Promise.race([listens(port), ended.then(() => Promise.reject(new Error("nginx did not start")))]);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      nginx.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once a connection to the port is accepted. */
async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const accepted = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (accepted) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
