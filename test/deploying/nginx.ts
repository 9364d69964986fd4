import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { until } from "../harness/processes.ts";
import { ask, type Where } from "../server/ask.ts";
import type { Shop } from "./shop.ts";

/** Whether there is an nginx on this machine. */
export function hasNginx(): boolean {
  return spawnSync("nginx", ["-v"]).status === 0;
}

/** Starts nginx with the site of the page on `port`, before the servers of this upstream; resolves once it answers. */
export async function nginxBefore(shop: Shop, upstream: string, port: number): Promise<Where> {
  await shop.put(upstream);
  await shop.put("/etc/nginx/sites-enabled/shop");
  await mkdir(shop.path("/var"));
  await shop.write("/etc/nginx/nginx.conf", mainConfig(shop, upstream));
  const words = ["-p", shop.path("/var"), "-e", "stderr", "-c", shop.path("/etc/nginx/nginx.conf")];
  const nginx = shop.start("nginx", words);
  const where = { port, socketPath: "" };
  await until(
    async () => (await ask(where, "/").catch(() => undefined))?.status === 200,
    30_000,
    () => `nginx does not answer: ${nginx.stdout()}${nginx.stderr()}`,
  );
  return where;
}

/** What a distribution's own nginx.conf holds, with every file of nginx in a folder of ours. */
function mainConfig(shop: Shop, upstream: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes 2;
pid nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  default_type text/plain;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join("\n  ")}
  include ${shop.path(upstream)};
  include ${shop.path("/etc/nginx/sites-enabled/shop")};
}
`;
}
