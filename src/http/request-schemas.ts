import { z } from 'zod';
import { type Duration, toMilliseconds } from '../core/duration.ts';
import { parseCursor } from './cursor.ts';
import { causes, statuses } from './saga-schemas.ts';

/** The longest that a request is kept waiting; ms. */
const longestWait = 60_000;

const sagaId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, "use 1 to 128 letters, digits, '_' or '-'");
const definitionName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'not the name of a saga');
const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const maxInteger = 2_147_483_647;

/** `/sagas/:id` */
export const SagaParams = z.object({ id: sagaId });

/** `/definitions/:name` */
export const DefinitionParams = z.object({ name: definitionName });

/** `/definitions/:name/:version` */
export const VersionParams = DefinitionParams.extend({
  version: z
    .union([z.literal('latest'), wholeNumber(1, maxInteger)])
    .meta({ description: 'A number, or `latest`.' }),
});

/** `POST /sagas` */
export const StartSaga = z
  .strictObject({
    name: z.string().min(1).max(64).meta({ description: 'The name of a definition.' }),
    input: z.json().meta({ description: 'What the definition’s input schema accepts.' }),
    id: sagaId.exactOptional().meta({ description: 'The saga’s id; a new one when left out.' }),
    version: z
      .int()
      .min(1)
      .max(maxInteger)
      .exactOptional()
      .meta({ description: 'Definition version; the newest when left out.' }),
    attributes: z
      .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), z.string().max(256))
      .refine((attributes) => Object.keys(attributes).length <= 32, 'at most 32 attributes')
      .exactOptional()
      .meta({ description: 'Business keys to find the saga by.' }),
  })
  .meta({ id: 'StartSaga' });

/** Headers of `POST /sagas`. */
export const StartHeaders = z
  .object({
    'idempotency-key': z
      .string()
      .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/, 'use 1 to 255 visible ASCII characters')
      .exactOptional()
      .meta({ description: 'The same key with the same request answers the same saga.' }),
  })
  .transform(({ 'idempotency-key': idempotencyKey }) =>
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );

/** Query of `POST /sagas`. */
export const StartQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^[1-9]\d{0,5}(?:ms|s|m)$/, "write a duration, such as '30s'")
    .transform((text) => Math.min(toMilliseconds(text as Duration), longestWait))
    .exactOptional()
    .meta({
      description:
        'Answer once the saga is settled, or after this long: `500ms`, `30s`, `1m` (at most a minute).',
    }),
});

/** An instant, or how long ago: what `toInstant` reads. */
const instant = z
  .string()
  .refine((text) => Number.isFinite(toInstant(text, 0)), "write an ISO time, or how long ago, such as '1h'")
  .exactOptional();

/** Query of `GET /sagas`. */
export const ListQuery = z.strictObject({
  status: z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(z.enum(statuses)))
    .exactOptional()
    .meta({ description: `One or several of ${statuses.join(', ')}; repeated or with commas.` }),
  name: definitionName.exactOptional(),
  version: wholeNumber(1, maxInteger).exactOptional().meta({ description: 'Definition version.' }),
  cause: z.enum(causes).exactOptional(),
  since: instant.meta({ description: 'Started at or after: an ISO time, or how long ago (`1h`, `7d`).' }),
  until: instant.meta({ description: 'Started before.' }),
  cursor: z
    .string()
    .max(256)
    .transform((text, context) => {
      const cursor = parseCursor(text);
      if (cursor !== undefined) return cursor;
      context.addIssue('not a cursor of this list');
      return z.NEVER;
    })
    .exactOptional()
    .meta({ description: '`nextCursor` of the page before.' }),
  limit: wholeNumber(1, 200).default(50),
});

/** Query of `GET /sagas/:id/history`. */
export const HistoryQuery = z.strictObject({
  after: wholeNumber(0, maxInteger).default(0).meta({ description: 'Only what came after this position.' }),
  limit: wholeNumber(1, 1_000).default(200),
});

/** Query of `GET /sagas/:id/snapshot`. */
export const SnapshotQuery = z.strictObject({
  seq: wholeNumber(1, maxInteger)
    .exactOptional()
    .meta({ description: 'After this journal position; now when left out.' }),
});

/** Headers of an operator's action. */
export const ActionHeaders = z
  .object({
    'if-match': z
      .string()
      .regex(/^(?:\*|(?:W\/)?"\d{1,15}")$/, 'use the ETag of the saga, such as "3"')
      .exactOptional()
      .meta({ description: 'Refuse unless the saga is at this version.' }),
  })
  .transform(({ 'if-match': tag = '*' }) =>
    tag === '*' ? {} : { ifVersion: Number(tag.replaceAll(/\D/g, '')) },
  );

/** Body of `cancel`, `retry` and `compensate`. */
export const Action = z
  .strictObject({
    reason: z.string().max(1_000).exactOptional().meta({ description: 'Why; kept in the journal.' }),
    actor: z.string().max(200).exactOptional().meta({ description: 'Who; kept in the journal.' }),
  })
  .meta({ id: 'Action' });

/** Body of `skip`. */
export const SkipAction = Action.extend({
  result: z.json().exactOptional().meta({ description: 'Stands in for the step’s result.' }),
}).meta({ id: 'SkipAction' });

/** Body of `resolve`. */
export const ResolveAction = SkipAction.extend({
  as: z
    .enum(['succeeded', 'refused', 'abandoned'])
    .meta({ description: 'How the parked command really ended, or that the saga is closed as it is.' }),
}).meta({ id: 'ResolveAction' });

/** Milliseconds since the epoch of an ISO time, or of a span before `now`; `NaN` for any other text. */
export function toInstant(text: string, now: number): number {
  if (/^[1-9]\d{0,4}(?:s|m|h|d)$/.test(text)) return now - toMilliseconds(text as Duration);
  return /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
