import { type Duration, toMilliseconds } from './duration.ts';
import type { Schema } from './schema.ts';
import type { OnTimeout, SagaView, Wait } from './steps.ts';

/** How a saga waits for a signal. */
export interface WaitOptions<Data> {
  readonly description?: string;
  /** Validates the signal's data (any Standard Schema); its output is the result. */
  readonly schema?: Schema<Data>;
  /** How long it waits. As long as it takes, when left out; the saga's own deadline counts nevertheless. */
  readonly timeout?: Duration;
  /** When the signal did not come in time. Default `'compensate'`. */
  readonly onTimeout?: OnTimeout;
}

/** A wait whose result may be missing: its guard says that it is not needed, or the saga goes on without. */
export type UncertainWaitOptions<Input, Results, Data> = WaitOptions<Data> &
  (
    | {
        /** Looked at once, when the saga comes to the wait; pure. */
        readonly when: (view: SagaView<Input, Results>) => boolean;
      }
    | { readonly onTimeout: 'continue' }
  );

/** Wait options whose types no longer matter. */
type AnyWaitOptions = WaitOptions<unknown> & { readonly when?: (view: SagaView) => boolean };

/** The wait with all defaults filled in. Throws `DefinitionError` for a timeout that makes no sense. */
export function toWait(name: string, options: AnyWaitOptions): Wait {
  const { description = '', schema, timeout, onTimeout = 'compensate', when } = options;
  const ms = timeout === undefined ? undefined : toMilliseconds(timeout);
  return { type: 'wait', name, description, schema, timeout: ms, onTimeout, when };
}
