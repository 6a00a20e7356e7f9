import { z } from 'zod';
import { type Duration, toMilliseconds } from '../core/duration.ts';
import type { SagaFilter } from '../core/store.ts';
import { parseCursor } from './cursor.ts';
import { definitionName, instant, maxInteger, sagaName, toInstant, wholeNumber } from './request-schemas.ts';
import { causes, statuses } from './saga-schemas.ts';

const word = z.string().min(1).max(128);
const attributeKey = /^attr\.[A-Za-z0-9_.-]{1,64}$/;

const filterFields = {
  status: z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(z.enum(statuses)))
    .exactOptional()
    .meta({ description: `One or several of ${statuses.join(', ')}; repeated or with commas.` }),
  name: definitionName.exactOptional(),
  version: wholeNumber(1, maxInteger).exactOptional().meta({ description: 'Definition version.' }),
  cause: z.enum(causes).exactOptional(),
  step: word.exactOptional().meta({
    description:
      'The step at hand, also while it is undone or sealed; or a parked command, such as `undoCharge`.',
  }),
  participant: word
    .exactOptional()
    .meta({ description: 'Whose answer is awaited, or would be asked again.' }),
  error: word.exactOptional().meta({ description: 'The code of the fault it has: see `GET /v1/errors`.' }),
  overridden: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .exactOptional()
    .meta({ description: 'Whether a person overrode what the saga promises.' }),
  stuck: z
    .string()
    .regex(/^[1-9]\d{0,5}(?:ms|s|m|h|d)$/, "write a duration, such as '10m'")
    .exactOptional()
    .meta({ description: 'Should be moving, and did not for this long: `10m`.' }),
  q: z
    .string()
    .max(256)
    .refine((text) => text.trim() !== '', 'write a word')
    .exactOptional()
    .meta({ description: 'Words in the code, message or step of its fault, in whatever case.' }),
  since: instant.meta({ description: 'Started at or after: an ISO time, or how long ago (`1h`, `7d`).' }),
  until: instant.meta({ description: 'Started before.' }),
};

/** `cursor` of a list that goes by time and id. */
export const listCursor = z
  .string()
  .max(256)
  .transform((text, context) => {
    const cursor = parseCursor(text);
    if (cursor !== undefined) return cursor;
    context.addIssue('not a cursor of this list');
    return z.NEVER;
  })
  .exactOptional()
  .meta({ description: '`next` of the page before.' });

/** Attributes have no names of their own here: each is `attr.` and its key. */
const attributes = z.string().max(256);

/** Which sagas: the filters of the list, `attr.<key>` among them. */
export const ListFilter = z
  .object(filterFields)
  .catchall(attributes)
  .superRefine(refuseUnknown)
  .meta({ id: 'SagaFilter', description: 'The filters of the list; attributes as `attr.<key>`.' });

/** Query of `GET /sagas`. */
export const ListQuery = z
  .object({
    ...filterFields,
    cursor: listCursor,
    limit: wholeNumber(1, 200).default(50),
  })
  .catchall(attributes)
  .superRefine(refuseUnknown);

/** Query of `GET /errors`. */
export const ErrorQuery = z.strictObject({
  name: definitionName.exactOptional(),
  since: instant.meta({ description: 'Only what sagas met since: an ISO time, or how long ago.' }),
  limit: wholeNumber(1, 200).default(50),
});

/** Query of `GET /audit`. */
export const AuditQuery = z.strictObject({
  saga: sagaName.exactOptional().meta({ description: 'Only what was done to this saga.' }),
  action: z.string().max(64).exactOptional().meta({ description: 'Only actions of this kind: `retry`.' }),
  cursor: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .exactOptional()
    .meta({ description: '`next` of the page before.' }),
  limit: wholeNumber(1, 200).default(50),
});

/** What a filter asks of the store; spans of time count from `now`, in ms since the epoch. */
export function toFilter(given: z.output<typeof ListFilter>, now: number): Omit<SagaFilter, 'tenant'> {
  const { stuck, q, since, until, status, name, version, cause, step, participant, error, overridden } =
    given;
  const wanted = {
    status,
    name,
    version,
    cause,
    step,
    participant,
    error,
    overridden,
    text: q,
    attributes: toAttributes(given),
    // Nothing is older than the epoch, and a store may not know what is.
    stuckSince: stuck === undefined ? undefined : Math.max(0, now - toMilliseconds(stuck as Duration)),
    since: since === undefined ? undefined : toInstant(since, now),
    until: until === undefined ? undefined : toInstant(until, now),
  };
  const present = Object.entries(wanted).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Omit<SagaFilter, 'tenant'>;
}

function toAttributes(given: object): Readonly<Record<string, string>> | undefined {
  const pairs = Object.entries(given).filter(([key]) => attributeKey.test(key));
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(pairs.map(([key, value]) => [key.slice('attr.'.length), String(value)]));
}

function refuseUnknown(given: object, context: z.RefinementCtx): void {
  const known = [...Object.keys(filterFields), 'cursor', 'limit'];
  for (const key of Object.keys(given)) {
    if (!known.includes(key) && !attributeKey.test(key))
      context.addIssue({ code: 'custom', message: `there is no filter ${JSON.stringify(key)}` });
  }
}
