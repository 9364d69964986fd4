import { THIN_OPTIONS, type ThinOption } from "../config/index.ts";

/** What `thin -h` shows: Thin's sections in Thin's order, with what is not there yet said so. */
export function thinUsage(): string {
  const sections = [...new Set(THIN_OPTIONS.map(({ section }) => section))];
  const lines = sections.flatMap((section) => [
    "",
    `${section}:`,
    ...THIN_OPTIONS.filter((option) => option.section === section).map(row),
  ]);
  return ["Usage: thin [options] start|stop|restart|config|install", ...lines].join("\n");
}

function row({ short, long, argument, help, refusal }: ThinOption): string {
  const name = `${short === undefined ? "   " : `-${short},`} --${long}${argument ? ` ${argument}` : ""}`;
  const remark = refusal ? " (not in Gossamer)" : "";
  return `    ${name.padEnd(34)} ${help}${remark}`;
}
