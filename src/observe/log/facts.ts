/** What becomes of a log itself. `path` is the file's, or `standard output`. */
export type LogFact =
  /** Lines cannot be written; said once, until they can. They are kept, as far as there is room for them. */
  | { readonly type: "log-failed"; readonly path: string; readonly reason: string }
  /** Lines can be written again; so many are lost. */
  | { readonly type: "log-recovered"; readonly path: string; readonly lostLines: number }
  /** The log ends with so many lines unwritten. */
  | { readonly type: "log-lost"; readonly path: string; readonly lostLines: number }
  /** It has grown to its limit and could not be moved away; it grows on. */
  | { readonly type: "log-not-rotated"; readonly path: string; readonly reason: string }
  /** It could not be opened anew; what was open before is written to further on. */
  | { readonly type: "log-not-reopened"; readonly path: string; readonly reason: string };
