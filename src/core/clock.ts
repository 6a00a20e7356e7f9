/** Time as the runtime sees it; injected, so that tests and simulation own it. */
export interface Clock {
  /** Milliseconds since the epoch; never goes back. */
  now(): number;
  /** Calls `task` once after `delay` ms; the returned function forgets it. */
  schedule(delay: number, task: () => void): () => void;
}

/** Where ids come from; injected, so that a run can be repeated exactly. */
export interface Ids {
  /** A new globally unique id, `^[A-Za-z0-9_-]{1,64}$`. */
  next(): string;
}
