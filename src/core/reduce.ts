import { assign } from 'xstate';
import type { EventData, SagaContext } from './context.ts';

/** What XState hands to a guard, an action or a delay. */
export interface Args {
  readonly context: SagaContext;
  readonly event: EventData;
}

/** An action that only changes the context, from a pure function. */
export function reduce<P>(reducer: (context: SagaContext, event: EventData, params: P) => SagaContext) {
  return assign(({ context, event }: { readonly context: SagaContext; readonly event: unknown }, params: P) =>
    reducer(context, event as EventData, params),
  );
}
