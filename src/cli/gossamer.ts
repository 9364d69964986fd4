import { complaint } from "./complain.ts";
import { EXIT } from "./exit-codes.ts";

const USAGE = `Usage: gossamer COMMAND

Commands:
  serve [DIR]     serve the Rack app in DIR (here, when there is none)
  up [NAME…]      run the processes of a Procfile, or tell those that run
  export FORMAT   write a Procfile as pills of bluepill or units of systemd
  help [COMMAND]  show this, or the options of a command
  version         show the version
`;

/** The command `gossamer`: resolves with the exit code. */
export async function gossamer(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command, ...words] = argv;
  try {
    return await run(command, words, env);
  } catch (error) {
    console.error(`gossamer: ${complaint(error)}`);
    return error instanceof Error && USAGE_ERRORS.includes(error.name) ? EXIT.usage : EXIT.failed;
  }
}

const USAGE_ERRORS: readonly string[] = [
  "ConfigError",
  "OptionError",
  "TlsError",
  "ProcfileError",
  "ExportError",
];

async function run(
  command: string | undefined,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  switch (command) {
    case "serve":
      return (await import("./serve.ts")).serveCommand(words, env);
    case "up":
      return (await import("./up.ts")).upCommand(words, env);
    case "export":
      return (await import("./export.ts")).exportCommand(words, env);
    case "front":
      // Nobody types it: the Ruby gem does.
      return (await import("./front.ts")).frontCommand(words, env);
    case "version":
    case "--version":
    case "-v":
      return say(`gossamer ${(await import("./version.ts")).version()}`);
    case "help":
    case "--help":
    case "-h":
      return say(await helpFor(words[0]));
    case undefined:
      console.error(USAGE);
      return EXIT.usage;
    default:
      return refuse(command);
  }
}

async function helpFor(command: string | undefined): Promise<string> {
  switch (command) {
    case "serve":
      return (await import("./serve.ts")).serveHelp();
    case "up":
      return (await import("./up.ts")).upHelp();
    case "export":
      return (await import("./export.ts")).exportHelp();
    default:
      return USAGE;
  }
}

function say(text: string): number {
  console.log(text);
  return EXIT.ok;
}

function refuse(command: string): number {
  console.error(`gossamer: Unknown command ${command}. \`gossamer help\` lists the commands.`);
  return EXIT.usage;
}
