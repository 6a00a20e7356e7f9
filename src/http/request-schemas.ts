import { z } from 'zod';
import { type Duration, toMilliseconds } from '../core/duration.ts';

/** The longest that a request is kept waiting; ms. */
const longestWait = 60_000;

/** A saga's id. */
export const sagaName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, "use 1 to 128 letters, digits, '_' or '-'");
/** The name of a definition. */
export const definitionName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'not the name of a saga');
/** A whole number, also as text. */
export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
/** The largest number of a journal position or version. */
export const maxInteger = 2_147_483_647;

/** The value of an `Idempotency-Key` header. */
export const keyHeader = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/, 'use 1 to 255 visible ASCII characters')
  .exactOptional();

/** `/sagas/:id` */
export const SagaParams = z.object({ id: sagaName });

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
    id: sagaName.exactOptional().meta({ description: 'The saga’s id; a new one when left out.' }),
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
    'idempotency-key': keyHeader.meta({
      description: 'The same key with the same request answers the same saga.',
    }),
    traceparent: z.string().exactOptional().meta({
      description: 'W3C Trace Context: the saga becomes part of the trace. One that is malformed is ignored.',
    }),
  })
  .transform(({ 'idempotency-key': idempotencyKey, traceparent }) => ({
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }));

/** How long a request may be kept waiting. */
export const wait = z
  .string()
  .regex(/^[1-9]\d{0,5}(?:ms|s|m)$/, "write a duration, such as '30s'")
  .transform((text) => Math.min(toMilliseconds(text as Duration), longestWait))
  .exactOptional();

/** Query of `POST /sagas`. */
export const StartQuery = z.strictObject({
  wait: wait.meta({
    description:
      'Answer once the saga is settled, or after this long: `500ms`, `30s`, `1m` (at most a minute).',
  }),
});

/** An instant, or how long ago: what `toInstant` reads. */
export const instant = z
  .string()
  .refine((text) => Number.isFinite(toInstant(text, 0)), "write an ISO time, or how long ago, such as '1h'")
  .exactOptional();

/** Query of `GET /sagas/:id/history`. */
export const HistoryQuery = z.strictObject({
  after: wholeNumber(0, maxInteger).default(0).meta({ description: 'Only what came after this position.' }),
  limit: wholeNumber(1, 1_000).default(200),
  wait: wait.meta({
    description:
      'Where nothing came after that yet: answer once it did, the saga is closed, or after this long.',
  }),
});

/** Query of `GET /sagas/:id/snapshot`. */
export const SnapshotQuery = z.strictObject({
  seq: wholeNumber(1, maxInteger)
    .exactOptional()
    .meta({ description: 'After this journal position; now when left out.' }),
});

/** The years 1 to 9999: what every store knows. */
const [earliest, latest] = [-62_135_596_800_000, 253_402_300_799_999];

/** Milliseconds since the epoch of an ISO time, or of a span before `now`; `NaN` for any other text. */
export function toInstant(text: string, now: number): number {
  if (/^[1-9]\d{0,4}(?:s|m|h|d)$/.test(text)) return now - toMilliseconds(text as Duration);
  const isIso = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(
    text,
  );
  const at = isIso ? Date.parse(text) : Number.NaN;
  return at >= earliest && at <= latest ? at : Number.NaN;
}
