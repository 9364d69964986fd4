/** What a process has said of itself by sd_notify, and who it was: the kernel tells, not the message. */
export interface Notice {
  /** The one that has sent it, and all above it, nearest first. */
  readonly pids: readonly number[];
  /** The session of the one that has sent it; 0 when it was gone by then. */
  readonly session: number;
  /** `READY=1`, `STATUS=…` */
  readonly words: readonly string[];
}

/** The value of a word; undefined when the notice does not have it. Of two the later counts. */
export function valueIn({ words }: Notice, name: string): string | undefined {
  return words.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The words on one line, with nothing in them that a terminal would obey. */
export function wordsOf({ words }: Notice): string {
  return printable(words.join(", "));
}

/** `text` without control characters. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
