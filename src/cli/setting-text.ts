import { hidden, maskUrl } from './mask.ts';
import type { Setting } from './settings.ts';

const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A setting's value as it is written in the file; secrets hidden. */
export function toSettingText(
  value: string | number | undefined,
  { shown }: Pick<Setting, 'shown'>,
): string | number | null {
  if (value === undefined) return null;
  if (shown === 'secret') return hidden;
  if (shown === 'url') return maskUrl(String(value));
  if (shown === 'duration') return toDurationText(Number(value));
  if (shown === 'bytes') return toBytesText(Number(value));
  return value;
}

/** `90000` as `90s`. */
export function toDurationText(ms: number): string {
  const [unit, size] = durationUnits.find((one) => ms % one[1] === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function toBytesText(bytes: number): string {
  if (bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20}MiB`;
  return bytes % 2 ** 10 === 0 ? `${bytes / 2 ** 10}KiB` : `${bytes}B`;
}
