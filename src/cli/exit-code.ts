/** What the process's exit status means; scripts depend on it. */
export const exitCodes = {
  ok: 0,
  /** The saga, the check or the operation did not come out well. */
  failed: 1,
  /** What was typed or configured makes no sense. */
  usage: 2,
  notFound: 3,
  /** The saga cannot do that now, or the caller may not. */
  notAllowed: 4,
  unreachable: 5,
  timeout: 124,
} as const;

/** Why a command ended, as `exitCodes` names it. */
export type ExitReason = keyof typeof exitCodes;

/** How a command that could not do its work says why: a message, what to do about it, and the exit status. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly reason: ExitReason;
  /** What the person can do, line by line. */
  readonly advice: readonly string[];

  constructor(
    reason: ExitReason,
    message: string,
    options: ErrorOptions & { readonly advice?: readonly string[] } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.advice = options.advice ?? [];
  }
}
