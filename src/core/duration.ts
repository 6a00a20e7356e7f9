import { DefinitionError } from './errors.ts';

/** A span of time: milliseconds, or a number with a unit, such as `'30s'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in ms. Throws `DefinitionError` when it is not a positive, finite span. */
export function toMilliseconds(duration: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(String(duration)) ?? [];
  const ms = Number(amount) * (units[unit ?? 'ms'] ?? Number.NaN);
  if (!(ms > 0 && Number.isFinite(ms))) {
    throw new DefinitionError(
      `'${String(duration)}' is not a duration: write ms as a number, or '500ms', '30s', '5m', '2h', '1d'`,
    );
  }
  return ms;
}
