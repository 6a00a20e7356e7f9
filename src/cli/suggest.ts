/** The one of `known` that was probably meant by `given`; `undefined` when none is near. */
export function suggest(given: string, known: readonly string[]): string | undefined {
  const rated = known.map((word) => ({ word, distance: distance(given.toLowerCase(), word.toLowerCase()) }));
  const best = rated.toSorted((a, b) => a.distance - b.distance)[0];
  const isNear = best !== undefined && best.distance <= Math.max(2, Math.floor(best.word.length * 0.4));
  return isNear ? best.word : undefined;
}

/** `; did you mean 'x'?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const word = suggest(given, known);
  return word === undefined ? '' : `; did you mean '${word}'?`;
}

/** How many letters must be changed, added or left out (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (b[j - 1] === letter ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
