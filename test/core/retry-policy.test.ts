import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../src/core/errors.ts';
import { retryDelay, toRetryPolicy } from '../../src/core/retry-policy.ts';

const policy = toRetryPolicy({ initialInterval: '1s', backoffCoefficient: 3, maximumInterval: '20s' }, 5);

describe('a retry policy', () => {
  it('fills in what is left out', () => {
    expect(toRetryPolicy(undefined, 5)).toEqual({
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 30_000,
      maximumAttempts: 5,
    });
  });

  it('may wait the same each time, and try only once', () => {
    expect(toRetryPolicy({ backoffCoefficient: 1, maximumAttempts: 1 }, 5)).toMatchObject({
      backoffCoefficient: 1,
      maximumAttempts: 1,
    });
  });

  it.each([
    { maximumAttempts: -1 },
    { maximumAttempts: Number.NaN },
    { maximumAttempts: Infinity },
    { backoffCoefficient: Number.NaN },
    { initialInterval: 0 },
    { maximumInterval: 'x' as never },
  ])('refuses %j', (options) => {
    expect(() => toRetryPolicy(options, 5)).toThrow(DefinitionError);
  });
});

describe('the wait before the next attempt', () => {
  it.each([
    [1, 1_000],
    [2, 3_000],
    [3, 9_000],
    [4, 20_000],
    [400, 20_000],
  ])('after attempt %i is at most %i ms, and at least half of that', (attempt, full) => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const delay = retryDelay(policy, attempt, seed);
        expect(Number.isInteger(delay) && delay >= full / 2 && delay <= full).toBe(true);
      }),
    );
  });

  it('is the same for the same saga, step and attempt', () => {
    expect(retryDelay(policy, 2, 's1:one')).toBe(retryDelay(policy, 2, 's1:one'));
  });

  it('spreads over its range from saga to saga', () => {
    const delays = Array.from({ length: 1_000 }, (_, index) => retryDelay(policy, 1, `saga-${index}:one`));
    const tenths = new Set(delays.map((delay) => Math.min(9, Math.floor((delay - 500) / 50))));
    expect(tenths.size).toBe(10);
  });
});
