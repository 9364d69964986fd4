export { type Answer, askLine } from "./ask-line.ts";
export { give } from "./client.ts";
export { ControlHost } from "./host.ts";
export { LineHost } from "./line-host.ts";
export type { Order, Reply } from "./messages.ts";
export { objectIn } from "./object-in.ts";
export { CONTROL_SOCKET, controlSocketOf, privateFolderPrefix, privateSockets } from "./place.ts";
