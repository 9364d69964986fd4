export { bluepillFiles } from "./bluepill.ts";
export type { ExportedFile, ExportModel } from "./model.ts";
export { systemdFiles } from "./systemd.ts";
