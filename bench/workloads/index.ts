import type { Workload } from "../workload.ts";
import { hellos } from "./hello.ts";
import { idle } from "./idle.ts";
import { mixed } from "./mixed.ts";
import { railsMemory } from "./rails-memory.ts";
import { railsPage } from "./rails-page.ts";
import { sinatraJson } from "./sinatra-json.ts";
import { slowClients } from "./slow-clients.ts";
import { transfers } from "./transfer.ts";

/** Every workload, in the order of the tables. */
export const WORKLOADS: readonly Workload[] = [
  ...hellos,
  sinatraJson,
  railsPage,
  mixed,
  slowClients,
  ...transfers,
  idle,
  railsMemory,
];
