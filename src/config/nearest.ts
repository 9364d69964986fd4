/** The word of `words` that `typed` was most likely meant to be; undefined when none is near. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const byDistance = words.map((word) => [distance(typed, word), word] as const);
  const [best] = byDistance.sort(([a], [b]) => a - b);
  return best && best[0] <= Math.max(1, typed.length / 3) ? best[1] : undefined;
}

/** Letters to insert, delete or exchange to get from `a` to `b` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const exchange = (row[j] ?? 0) + (letter === b[j] ? 0 : 1);
      next.push(Math.min(exchange, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
