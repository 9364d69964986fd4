/** What a shell would make of one command: words without quotes, `$NAME` and `${NAME}` replaced. */

/** A word, an operator or blanks: what a command line is made of. */
const TOKEN = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\;&|()<>])+|[;&|()<>]+/gs;
const PART = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^'"\\]+)/gs;
const NAME = /()?\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;
const IN_QUOTES = /\\([$`"\\])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;

/**
 * The words of `command`, one list for each command in it (`cd app && thin start` has two). What only a shell can know,
 * such as `$(…)`, stays as it is written.
 */
export function shellWords(
  command: string,
  env: NodeJS.ProcessEnv,
): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [token] of command.matchAll(TOKEN)) {
    if (/^[;&|()<>]/.test(token)) commands.push([]);
    else commands.at(-1)?.push(...wordsOf(token, env));
  }
  return commands.filter((words) => words.length > 0);
}

/** One word; none, when nothing is left of it that was not in quotes. */
function wordsOf(token: string, env: NodeJS.ProcessEnv): readonly string[] {
  const word = token.replace(
    PART,
    (_, raw?: string, quoted?: string, escaped?: string, bare?: string) =>
      raw ?? escaped ?? expanded(bare ?? quoted ?? "", env, bare === undefined),
  );
  return word === "" && !/['"]/.test(token) ? [] : [word];
}

/** In quotes a backslash keeps its own few characters from being special. */
function expanded(text: string, env: NodeJS.ProcessEnv, isQuoted: boolean): string {
  return text.replace(
    isQuoted ? IN_QUOTES : NAME,
    (_, kept: string | undefined, name: string | undefined, braced: string | undefined) =>
      kept ?? env[name ?? braced ?? ""] ?? "",
  );
}
