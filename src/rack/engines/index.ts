export { NativeEngine } from "./native.ts";
