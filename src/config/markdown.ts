import { fallbackOf, usageOf } from "./help.ts";
import { OPTION_NAMES, OPTIONS, SECTIONS } from "./options.ts";
import type { SettingName } from "./settings.ts";
import { envOf, yamlKeyOf } from "./spelling.ts";

const HEAD = `# Options

Of \`gossamer serve [DIR]\`. Each may be said in four places; the first that says it wins:

1. a flag (any unique abbreviation of it will do, and \`_\` for \`-\`),
2. a \`GOSSAMER_…\` variable,
3. \`gossamer.yml\` or \`config/gossamer.yml\` in the app's folder (YAML as Ruby reads it; other name: \`--config\`),
4. the default.

\`--listen\`, \`--port\` and \`--socket\` count as one here: a flag for one of them silences the file's others.
Sockets that systemd hands over (\`LISTEN_FDS\`) take the place of the default.
Paths are relative to the app's folder. Seconds may have a unit (\`500ms\`, \`30s\`, \`2m\`, \`1h\`), bytes too (\`64k\`, \`1m\`, \`2g\`).
\`GOSSAMER_RUBY\` names the Ruby to use; without it \`.ruby-version\` or \`.tool-versions\` decides, then PATH.

This page is made from the table in \`src/config/options.ts\` by \`node scripts/docs.mjs\`; a test compares the two.
`;

/** The text of docs/OPTIONS.md. */
export function optionsMarkdown(): string {
  return [HEAD, ...SECTIONS.map(sectionText)].join("\n");
}

function sectionText(section: (typeof SECTIONS)[number]): string {
  const rows = OPTION_NAMES.filter((name) => OPTIONS[name].section === section).map(row);
  const head = "| flag | variable | YAML key | default | meaning |\n|---|---|---|---|---|";
  return `## ${section}\n\n${head}\n${rows.join("\n")}\n`;
}

function row(name: SettingName): string {
  const { alsoEnv, help, isBeforeFile } = OPTIONS[name];
  const flag = `\`${usageOf(name).trim()}\``.replaceAll("|", "\\|");
  const variable = `\`${envOf(name)}\`${alsoEnv ? `, then \`${alsoEnv}\`` : ""}`;
  const key = isBeforeFile ? "–" : `\`${yamlKeyOf(name)}\``;
  return `| ${flag} | ${variable} | ${key} | ${fallbackOf(name) || "–"} | ${help} |`;
}
