import { describe, expect, it } from 'vitest';
import { toMilliseconds } from '../../src/core/duration.ts';
import { DefinitionError } from '../../src/core/errors.ts';

describe('a duration', () => {
  it.each([
    [1, 1],
    [1500, 1500],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ] as const)('of %s is %i ms', (duration, ms) => {
    expect(toMilliseconds(duration)).toBe(ms);
  });

  it.each([0, -1, Number.NaN, Infinity, '', 's', '0s', '-5s', '5 s', '5w', '1h30m', '1e3s', null, {}])(
    'is not %j',
    (nonsense) => {
      expect(() => toMilliseconds(nonsense as never)).toThrow(DefinitionError);
    },
  );
});
