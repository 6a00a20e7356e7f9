/** How long the work may keep everything else waiting, and how long everything else has then; ms. */
const turn = 5;

/**
 * Does work that can be left at each of its pieces, in turns with everything else that the process has to do: it takes at most
 * half of the time, and never more than a turn (or one piece, if that is longer) at once. Keeps no process alive.
 */
export async function inTurns<Result>(work: Iterator<undefined, Result, undefined>): Promise<Result> {
  for (;;) {
    await new Promise<void>((resolve) => void setTimeout(resolve, turn).unref());
    const end = performance.now() + turn;
    do {
      const piece = work.next();
      if (piece.done === true) return piece.value;
    } while (performance.now() < end);
  }
}
