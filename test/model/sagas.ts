import { defineSaga } from '../../src/core/definition.ts';

interface Options {
  /** All attempts of an action or a seal; default 2. */
  readonly attempts?: number;
  readonly deadline?: boolean;
  readonly undo?: 'always';
  readonly onFailure?: 'ask' | 'retry';
}

/** Steps one after another, each of which can be undone: `reserve`, `charge`, `ship`. */
export function sequence(length: 2 | 3, options: Options = {}) {
  const saga = defineSaga('order', sagaOptions(options))
    .step('reserve', step('reserve', options))
    .step('charge', step('charge', options));
  return length === 2 ? saga : saga.step('ship', step('ship', options));
}

/** `reserve`, then the pivot `charge`, then `ship`, which is only repeated. */
export function withPivot(options: Options = {}) {
  return defineSaga('order', sagaOptions(options))
    .step('reserve', step('reserve', {}))
    .step('charge', { kind: 'pivot', action: 'shop.charge', ...onFailure(options) })
    .step('ship', { kind: 'retriable', action: 'shop.ship' });
}

/** `reserve`, then the pivot `charge`. */
export function pivotLast(options: Options = {}) {
  return defineSaga('order', sagaOptions(options))
    .step('reserve', step('reserve', {}))
    .step('charge', { kind: 'pivot', action: 'shop.charge', ...onFailure(options) });
}

/** `flight` and `hotel` at the same time, and `charge` after them if wanted. */
export function group({ isLast = true, ...options }: Options & { readonly isLast?: boolean } = {}) {
  const saga = defineSaga('trip', sagaOptions(options)).parallel('book', (book) =>
    book.step('flight', step('flight', options)).step('hotel', step('hotel', options)),
  );
  return isLast ? saga : saga.step('charge', step('charge', options));
}

function sagaOptions({ attempts = 2, deadline = false }: Options) {
  return {
    ...(deadline ? { timeout: '1h' as const } : {}),
    defaults: { retry: { maximumAttempts: attempts } },
  };
}

function step<const Name extends string>(name: Name, options: Options) {
  const { undo } = options;
  return {
    action: `shop.${name}`,
    compensation: `shop.un${name}`,
    ...(undo === undefined ? {} : { undo }),
    ...onFailure(options),
  } as const;
}

function onFailure({ onFailure: choice }: Options) {
  return choice === undefined ? {} : { onFailure: choice };
}
