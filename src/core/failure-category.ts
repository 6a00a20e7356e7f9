import type { Failure, FailureCategory } from './errors.ts';
import type { Op } from './transport.ts';

/** Codes that say what went wrong whatever the attempt's outcome was. */
const byCode: Readonly<Record<string, FailureCategory>> = {
  timeout: 'timeout',
  validation: 'validation',
  bad_request: 'validation',
  malformed_reply: 'data',
  unstorable_reply: 'data',
  oversize_reply: 'data',
  oversize: 'data',
  invalid_reply: 'data',
  invalid_request: 'data',
  input_threw: 'system',
  definition_threw: 'system',
  unstorable: 'data',
};

const byOutcome: Readonly<Record<string, FailureCategory>> = {
  refused: 'business',
  sealed: 'business',
  failed: 'service',
  unreachable: 'network',
  lost: 'network',
  timedOut: 'timeout',
};

/** The failure with its kind: what people filter and alert by. A compensation's failures are a kind of their own. */
export function classified(failure: Failure, at: { readonly op: Op; readonly outcome: string }): Failure {
  const category =
    at.op === 'undo' ? 'compensation' : (byCode[failure.code] ?? byOutcome[at.outcome] ?? 'system');
  return { code: failure.code, category, message: failure.message, ...rest(failure) };
}

function rest({ details, cause }: Failure): Pick<Failure, 'details' | 'cause'> {
  return { ...(details === undefined ? {} : { details }), ...(cause === undefined ? {} : { cause }) };
}
