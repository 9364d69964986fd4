export { type StatsOptions, stats } from "./stats.ts";
