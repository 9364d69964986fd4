export { ADAPTERS, guessAdapter } from "./adapter.ts";
export {
  type CommandTable,
  commandFlags,
  commandHelp,
  commandSettings,
  unknownCommandFlag,
} from "./command-table.ts";
export { fromEnvironment, fromForeignEnvironment } from "./environment.ts";
export { ConfigError } from "./errors.ts";
export { fromFile } from "./file.ts";
export { FLAGS, type Flag, fromFlags, unknownFlag } from "./flags.ts";
export { fromForemanFile } from "./foreman-file.ts";
export { optionsHelp } from "./help.ts";
export { optionsMarkdown } from "./markdown.ts";
export { procfileMarkdown } from "./procfile-markdown.ts";
export {
  EXPORT_OPTIONS,
  type ExportSettings,
  exportFormat,
  type ProcfileSettings,
  UP_OPTIONS,
  type UpSettings,
} from "./procfile-options.ts";
export { REACTOR_USES } from "./reactor.ts";
export { toServerOptions } from "./server-options.ts";
export type { LogFormat, SettingName, Settings } from "./settings.ts";
export { NOTHING_TO_OPEN, type Said, settle } from "./source.ts";
export { fromThin, lenient, THIN_DEFAULTS } from "./thin.ts";
export { withThinFile } from "./thin-file.ts";
export type { ThinGiven, ThinValue } from "./thin-given.ts";
export { THIN_OPTIONS, type ThinOption } from "./thin-options.ts";
export { takeRackup } from "./thin-rackup.ts";
export { forgottenSsl } from "./thin-tls.ts";
export { thinYaml } from "./thin-written.ts";
