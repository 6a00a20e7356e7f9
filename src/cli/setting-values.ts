import { z } from 'zod';
import { type Duration, toMilliseconds } from '../core/duration.ts';

/** A span of time as people write it: ms, or `'30s'`; becomes ms. */
export const duration = z.union([z.number(), z.string()]).transform((given, context) => {
  try {
    return toMilliseconds((typeof given === 'string' ? given.trim() : given) as Duration);
  } catch {
    context.addIssue("write a duration: ms, or '500ms', '30s', '5m', '2h', '1d'");
    return z.NEVER;
  }
});

const byteUnits: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A size as people write it: bytes, or `'256KiB'`; becomes bytes. */
export const bytes = z.union([z.number(), z.string()]).transform((given, context) => {
  const [, amount, unit = ''] = /^(\d{1,12})\s*(B|KiB|MiB|GiB)?$/.exec(String(given).trim()) ?? [];
  const size = Number(amount) * (byteUnits[unit] ?? Number.NaN);
  if (Number.isSafeInteger(size) && size > 0) return size;
  context.addIssue("write a size: bytes, or '256KiB', '1MiB'");
  return z.NEVER;
});

/** A whole number, also as the text that an environment holds. */
export function wholeNumber(min: number, max: number) {
  return z.union([z.number(), z.string()]).transform((given, context) => {
    const number =
      typeof given === 'number' || /^-?\d{1,15}$/.test(given.trim()) ? Number(given) : Number.NaN;
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    context.addIssue(`write a whole number from ${min} to ${max}`);
    return z.NEVER;
  });
}

/** Words with commas between; kept as one text, without spaces. A list in a file is as good. */
export const words = z.union([z.string(), z.array(z.string())]).transform((given) =>
  [given]
    .flat()
    .flatMap((text) => text.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .join(','),
);

/** `postgres://user:password@host:port/database`, several hosts with commas. The text is never quoted: it may hold a password. */
export const databaseUrl = z
  .string()
  .trim()
  .refine(isDatabaseUrl, 'write postgres://user:password@host:port/database, with special characters as %40');

/** `nats://host:4222`, several with commas. The text is never quoted: it may hold a password. */
export const natsUrl = z
  .string()
  .trim()
  .refine(
    (text) => text.split(',').every(isNatsUrl),
    'write nats://host:4222 or tls://host:4222, several with commas',
  );

/** The base of an HTTP API. */
export const httpUrl = z
  .string()
  .trim()
  .refine(
    (text) => /^https?:\/\//.test(text) && URL.canParse(text),
    'write http://host:port or https://host',
  );

/** Only the first host is looked at: a URL with several is none by the standard, but postgres.js takes it. */
function isDatabaseUrl(text: string): boolean {
  const single = text.replace(/^(postgres(?:ql)?:\/\/(?:[^@/]*@)?[^,/?]*)(?:,[^/?@]*)?/, '$1');
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(single);
}

function isNatsUrl(part: string): boolean {
  const text = part.includes('://') ? part.trim() : `nats://${part.trim()}`;
  return /^(?:nats|tls):\/\//.test(text) && URL.canParse(text) && new URL(text).hostname !== '';
}
