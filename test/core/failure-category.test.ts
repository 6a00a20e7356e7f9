import { describe, expect, it } from 'vitest';
import { classified } from '../../src/core/failure-category.ts';

describe('a failure', () => {
  it.each([
    ['refused', 'no_stock', 'business'],
    ['refused', 'validation', 'validation'],
    ['refused', 'input_threw', 'system'],
    ['failed', 'busy', 'service'],
    ['unreachable', 'no_responders', 'network'],
    ['lost', 'disconnected', 'network'],
    ['lost', 'malformed_reply', 'data'],
    ['timedOut', 'timeout', 'timeout'],
    ['sealed', 'sealed', 'business'],
  ])('of an action that ended as %s with code %s is of the kind %s', (outcome, code, category) => {
    expect(classified({ code, message: 'm' }, { op: 'do', outcome }).category).toBe(category);
  });

  it('of an undo is of the kind compensation, whatever it was', () => {
    expect(classified({ code: 'timeout', message: 'm' }, { op: 'undo', outcome: 'timedOut' }).category).toBe(
      'compensation',
    );
  });

  it('keeps its details and its cause', () => {
    const failure = {
      code: 'busy',
      message: 'm',
      details: { queue: 9 },
      cause: { code: 'db', message: 'locked' },
    };
    expect(classified(failure, { op: 'do', outcome: 'failed' })).toEqual({ ...failure, category: 'service' });
  });
});
