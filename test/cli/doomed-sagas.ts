import { defineSaga } from '../../src/core/definition.ts';

/** Parks at once: nobody serves what it asks for, and it only goes forward. */
export const doomed = defineSaga('doomed').step('go', {
  kind: 'retriable',
  action: 'nobody.go',
  retry: { maximumAttempts: 1 },
});
