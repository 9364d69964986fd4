export { AdoptedEngine } from "./adopted.ts";
export { NativeEngine } from "./native.ts";
