/** What one option of Thin's was given: a word, true for a flag, all the words of one that may come again. */
export type ThinValue = string | boolean | readonly string[];

/** What Thin was asked for, by its own names. */
export type ThinGiven = ReadonlyMap<string, ThinValue>;
