export type * from "./description.ts";
export * from "./pill/index.ts";
