import { BLUEPILL_OPTIONS } from "./bluepill-command-line.ts";

const COMMANDS: readonly (readonly [name: string, help: string])[] = [
  ["load CONFIG_FILE", "Loads new instance of bluepill using the specified config file"],
  ["status", "Lists the status of the process(es) for the specified app"],
  ["start [TARGET]", "Issues the start command for the target process or group, defaults to all"],
  ["stop [TARGET]", "Issues the stop command for the target process or group, defaults to all"],
  [
    "restart [TARGET]",
    "Issues the restart command for the target process or group, defaults to all",
  ],
  ["unmonitor [TARGET]", "Stop monitoring target process or group, defaults to all"],
  ["log [TARGET]", "Show the log for the specified process or group, defaults to all"],
  ["watch", "Shows the status as it changes"],
  ["quit", "Stop bluepill; what it looks after goes on"],
];

/** What `bluepill -h` prints. */
export function bluepillUsage(): string {
  const options = BLUEPILL_OPTIONS.map((option) => {
    const { short, long, placeholder, negatable, help } = option;
    const name = `--${negatable ? "[no-]" : ""}${long}${placeholder ? ` ${placeholder}` : ""}`;
    const flags = short === undefined ? `    ${name}` : `-${short}, ${name}`;
    return `    ${flags.padEnd(32)} ${help}`;
  });
  const commands = COMMANDS.map(([name, help]) => `    ${name.padEnd(32)} ${help}`);
  return ["Usage: bluepill [app] cmd [options]", ...options, "", "Commands:", ...commands].join(
    "\n",
  );
}
