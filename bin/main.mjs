import { existsSync } from "node:fs";

/** Runs a command of ours; says what is missing when it cannot. */
export async function main(command, argv = process.argv.slice(2)) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return refuse(`${command} needs Node 20.19 or newer; this is ${process.versions.node}.`);
  }
  const built = new URL(`../dist/cli/${command}.js`, import.meta.url);
  if (!existsSync(built)) return refuse(`${command} is not built yet. Run \`npm run build\`.`);
  const { [command]: run } = await import(built);
  process.exit(await run(argv, process.env));
}

function refuse(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
