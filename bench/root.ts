import { resolve } from "node:path";

/** The root of the checkout. */
export const ROOT: string = resolve(import.meta.dirname, "..");
