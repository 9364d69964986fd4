export { bluepillFiles } from "./bluepill.ts";
export { appDescription } from "./description.ts";
export type { ExportedFile, ExportedProcess, ExportModel } from "./model.ts";
export { systemdFiles } from "./systemd.ts";
