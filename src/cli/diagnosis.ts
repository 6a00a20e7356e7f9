/** What `sagachart doctor` found about one thing. */
export interface Diagnosis {
  readonly name: string;
  /** `warn`: it works, but look at it. */
  readonly status: 'ok' | 'warn' | 'failed' | 'skipped';
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}
