/** `maxQueue` on a command line, without the dashes: `max-queue`. */
export function flagOf(name: string): string {
  return split(name, "-");
}

/** `maxQueue` in a YAML file: `max_queue`. */
export function yamlKeyOf(name: string): string {
  return split(name, "_");
}

/** `maxQueue` in the environment: `GOSSAMER_MAX_QUEUE`. */
export function envOf(name: string): string {
  return `GOSSAMER_${split(name, "_").toUpperCase()}`;
}

function split(name: string, joint: string): string {
  return name.replace(/[A-Z]/g, (letter) => joint + letter.toLowerCase());
}
