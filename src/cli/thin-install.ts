import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EXIT } from "./exit-codes.ts";
import { ThinError } from "./thin-error.ts";
import { SERVICE_FOLDER } from "./thin-service.ts";
import type { ThinVoice } from "./thin-voice.ts";

/**
 * `thin install [DIR]`: writes an init script that starts, stops and restarts every config file in DIR, and makes DIR.
 * `root` is the folder that `/etc` is in. A script that is there already stays. Rejects with ThinError.
 */
export async function installService(
  directory: string | undefined,
  command: string,
  voice: ThinVoice,
  root = "/",
): Promise<number> {
  const folder = directory ?? SERVICE_FOLDER;
  const script = join(
    root,
    existsSync(join(root, "etc/rc.d")) ? "etc/rc.d/thin" : "etc/init.d/thin",
  );
  try {
    if (existsSync(script)) voice.say(`Thin service already installed at ${script}`);
    else await writeScript(script, folder, command, voice);
    voice.say(`mkdir -p ${folder}`);
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const { code, message, path = script } = error as NodeJS.ErrnoException;
    const why = code === "EACCES" ? "permission denied. Run thin install as root" : message;
    throw new ThinError(`Cannot write ${path}: ${why}.`, { cause: error });
  }
  for (const line of hintsFor(folder)) voice.say(line);
  return EXIT.ok;
}

async function writeScript(
  script: string,
  folder: string,
  command: string,
  voice: ThinVoice,
): Promise<void> {
  voice.say(`Installing thin service at ${script} ...`);
  voice.say(`mkdir -p ${dirname(script)}`);
  await mkdir(dirname(script), { recursive: true });
  voice.say(`writing ${script}`);
  await writeFile(script, scriptFor(script, folder, command), { mode: 0o755 });
  voice.say(`chmod +x ${script}`);
}

function hintsFor(folder: string): readonly string[] {
  return [
    "",
    "To configure thin to start at system boot:",
    "on RedHat like systems:",
    "  sudo /sbin/chkconfig --level 345 thin on",
    "on Debian-like systems (Ubuntu):",
    "  sudo /usr/sbin/update-rc.d -f thin defaults",
    "on Gentoo:",
    "  sudo rc-update add thin default",
    "",
    `Then put your config files in ${folder}`,
  ];
}

/** What `/etc/init.d` expects: LSB's header, a word, and an exit code. */
function scriptFor(script: string, folder: string, command: string): string {
  return `#!/bin/sh
### BEGIN INIT INFO
# Provides:          thin
# Required-Start:    $local_fs $remote_fs
# Required-Stop:     $local_fs $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      S 0 1 6
# Short-Description: thin initscript
# Description:       Starts, stops and restarts the servers of ${folder}
### END INIT INFO

DAEMON=${quoted(command)}
SCRIPT_NAME=${quoted(script)}
CONFIG_PATH=${quoted(folder)}

# Who starts services has a short PATH, which may not lead to the Node that the command runs on.
PATH=${quoted(dirname(process.execPath))}:$PATH
export PATH

# Nothing to do where the command was removed.
test -x "$DAEMON" || exit 0

case "$1" in
  start|stop|restart)
    exec "$DAEMON" "$1" --all "$CONFIG_PATH"
    ;;
  *)
    echo "Usage: $SCRIPT_NAME {start|stop|restart}" >&2
    exit 3
    ;;
esac
`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\\\''")}'`;
}
