import { existsSync } from "node:fs";

/** Runs a command of ours; says what is missing when it cannot. */
export async function main(command, argv = process.argv.slice(2)) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return refuse(`${command} needs Node 20.19 or newer; this is ${process.versions.node}.`);
  }
  const built = new URL(`../dist/cli/${command}.js`, import.meta.url);
  if (!existsSync(built)) return refuse(`${command} is not built yet. Run \`npm run build\`.`);
  const loaded = await import(built).catch((error) => {
    if (error.code !== "EMFILE") throw error;
  });
  if (loaded === undefined) return refuse(`${command} cannot even be loaded: ${TOO_FEW_FILES}`);
  process.exit(await loaded[command](argv, process.env));
}

const TOO_FEW_FILES =
  "too few files may be open. Raise the hard limit: ulimit -Hn 1024, or LimitNOFILE= of its service.";

function refuse(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
