/** Work that can be left and gone on with at each `yield`: whoever drives it decides when. */
export type Piecewise<Result> = Generator<undefined, Result, undefined>;

/** Does all of it now. */
export function allNow<Result>(work: Piecewise<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
