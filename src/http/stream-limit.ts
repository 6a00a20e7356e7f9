import { HttpProblem } from './problem.ts';

/** How many server-sent streams may be open at once; what is left out has no limit. Each node counts for itself. */
export interface StreamLimits {
  /** Of one caller: of a subject, or of an address where nobody is asked who they are. */
  readonly caller?: number;
  /** Of all callers. */
  readonly all?: number;
}

/** Counts streams that are open. */
export class StreamLimit {
  readonly #limits: StreamLimits;
  readonly #open = new Map<string, number>();
  #all = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Counts one more of a caller's; the returned function, called once or more, ends it. Throws a problem (429) when it is one too many. */
  enter(caller: string): () => void {
    const { caller: most = Infinity, all = Infinity } = this.#limits;
    const own = this.#open.get(caller) ?? 0;
    if (own >= most || this.#all >= all) throw tooMany(own >= most ? 'of yours ' : '');
    this.#open.set(caller, own + 1);
    this.#all += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#leave(caller);
      isOpen = false;
    };
  }

  #leave(caller: string): void {
    const own = this.#open.get(caller) ?? 0;
    if (own > 1) this.#open.set(caller, own - 1);
    else this.#open.delete(caller);
    this.#all -= 1;
  }
}

function tooMany(whose: string): HttpProblem {
  return new HttpProblem({
    status: 429,
    code: 'too_many_streams',
    detail: `Too many streams ${whose}are open here: close one.`,
    headers: { 'Retry-After': '10' },
  });
}
