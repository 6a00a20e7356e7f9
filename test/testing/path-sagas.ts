import { defineSaga } from '../../src/core/definition.ts';

/** How long things take; the chart is the same whatever they take. */
export interface Pace {
  /** Of the whole saga; ms. A path that does not miss it never sees it. */
  readonly deadline?: number;
  /** Of one attempt, by step; ms. 2,000 where it is not said. */
  readonly timeouts?: Readonly<Record<string, number>>;
}

const retry = { maximumAttempts: 2 } as const;
const far = 1e9;

/** The order of the examples, with no more attempts than paths need. */
export function orderSaga({ deadline = far, timeouts = {} }: Pace = {}) {
  const asking = (name: string) => ({ action: `shop.${name}`, timeout: timeouts[name] ?? 2_000 }) as const;
  const undone = (name: string) => ({ ...asking(name), compensation: `shop.un${name}` }) as const;
  return defineSaga('order', { timeout: deadline, defaults: { retry } })
    .step('reserve', undone('reserve'))
    .step('charge', undone('charge'))
    .step('ship', undone('ship'))
    .step('complete', { ...asking('complete'), kind: 'retriable' });
}

/** One of everything: readonly, a guard, a step that asks, a parallel group, a pivot, a retriable step. */
export function tripSaga({ deadline = far, timeouts = {} }: Pace = {}) {
  const asking = (name: string) => ({ action: `shop.${name}`, timeout: timeouts[name] ?? 2_000 }) as const;
  const undone = (name: string) => ({ ...asking(name), compensation: `shop.un${name}` }) as const;
  return defineSaga<{ readonly wantsMail?: boolean }>('trip', { timeout: deadline, defaults: { retry } })
    .step('look', { ...asking('look'), kind: 'readonly' })
    .step('hold', { ...undone('hold'), onFailure: 'ask', onExhausted: 'ask' })
    .parallel('book', (group) =>
      group
        .step('car', { ...undone('car'), retry: { maximumAttempts: 1 } })
        .step('hotel', { ...undone('hotel'), retry: { maximumAttempts: 1 } }),
    )
    .step('pay', { ...asking('pay'), kind: 'pivot' })
    .step('mail', { ...asking('mail'), kind: 'retriable', when: ({ input }) => input.wantsMail === true });
}

/** Inputs with which each guard of the trip says yes and no. */
export const tripInputs = [{ wantsMail: true }, {}];

/** Waits: one for a person who is asked again, one that is done without. */
export function loanSaga({ deadline = far, timeouts = {} }: Pace = {}) {
  const asking = (name: string) => ({ action: `shop.${name}`, timeout: timeouts[name] ?? 2_000 }) as const;
  return defineSaga('loan', { timeout: deadline, defaults: { retry: { maximumAttempts: 1 } } })
    .step('hold', { ...asking('hold'), compensation: 'shop.unhold' })
    .waitFor('approval', { timeout: 2_500, onTimeout: 'ask' })
    .step('pay', { ...asking('pay'), kind: 'pivot', onFailure: 'ask' })
    .waitFor('receipt', { timeout: 2_500, onTimeout: 'continue' });
}
