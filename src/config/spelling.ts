import type { SettingName } from "./settings.ts";

/** `maxQueue` on a command line, without the dashes: `max-queue`. */
export function flagOf(name: SettingName): string {
  return split(name, "-");
}

/** `maxQueue` in a YAML file: `max_queue`. */
export function yamlKeyOf(name: SettingName): string {
  return split(name, "_");
}

/** `maxQueue` in the environment: `GOSSAMER_MAX_QUEUE`. */
export function envOf(name: SettingName): string {
  return `GOSSAMER_${split(name, "_").toUpperCase()}`;
}

function split(name: SettingName, joint: string): string {
  return name.replace(/[A-Z]/g, (letter) => joint + letter.toLowerCase());
}
