import { z } from 'zod';
import { batchActions } from '../runtime/batch-actions.ts';
import { listCursor, ListFilter } from './list-query.ts';
import { keyHeader, maxInteger, sagaName, wholeNumber } from './request-schemas.ts';

const time = z.iso.datetime();

/** `POST /batches` */
export const StartBatch = z
  .strictObject({
    action: z.enum(batchActions),
    ids: z.array(sagaName).min(1).max(100_000).exactOptional(),
    filter: ListFilter.exactOptional().meta({ description: 'Instead of ids: all sagas that match now.' }),
    reason: z.string().max(1_000).exactOptional().meta({ description: 'Why; kept in each saga’s journal.' }),
    actor: z.string().max(200).exactOptional().meta({ description: 'Who; kept in each saga’s journal.' }),
    as: z.enum(['succeeded', 'refused', 'abandoned']).exactOptional().meta({ description: 'Of `resolve`.' }),
    result: z.json().exactOptional().meta({ description: 'Of `skip` and `resolve`.' }),
    choice: z.enum(['retry', 'skip', 'compensate']).exactOptional().meta({ description: 'Of `decide`.' }),
    input: z.json().exactOptional().meta({ description: 'Of `retry`.' }),
    to: z.string().max(64).exactOptional().meta({ description: 'Of `compensate`.' }),
    name: z.string().max(64).exactOptional().meta({ description: 'Of `signal`.' }),
    data: z.json().exactOptional().meta({ description: 'Of `signal`.' }),
  })
  .superRefine(({ ids, filter, action, ...fields }, context) => {
    if ((ids === undefined) === (filter === undefined))
      context.addIssue({ code: 'custom', message: 'name sagas by ids, or by a filter: one of both' });
    for (const field of ownFields) {
      const isGiven = fields[field] !== undefined;
      const isWanted = fieldsOf[action].some(({ name }) => name === field);
      const isNeeded = fieldsOf[action].some(({ name, isNeeded: needed }) => name === field && needed);
      if (isGiven && !isWanted)
        context.addIssue({ code: 'custom', path: [field], message: `does not go with '${action}'` });
      if (!isGiven && isNeeded)
        context.addIssue({ code: 'custom', path: [field], message: `'${action}' needs it` });
    }
  })
  .meta({ id: 'StartBatch' });

/** Headers of `POST /batches`. */
export const StartBatchHeaders = z
  .object({
    'idempotency-key': keyHeader.meta({
      description: 'The same key with the same request answers the same batch.',
    }),
  })
  .transform(({ 'idempotency-key': idempotencyKey }) =>
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );

/** The fields of a batch's request that are the action's own. */
export const ownFields = ['as', 'result', 'choice', 'input', 'to', 'name', 'data'] as const;

interface Field {
  readonly name: (typeof ownFields)[number];
  readonly isNeeded?: true;
}

/** What goes with each action. */
const fieldsOf: Readonly<Record<(typeof batchActions)[number], readonly Field[]>> = {
  cancel: [],
  retry: [{ name: 'input' }],
  skip: [{ name: 'result' }],
  compensate: [{ name: 'to' }],
  resolve: [{ name: 'as', isNeeded: true }, { name: 'result' }],
  decide: [{ name: 'choice', isNeeded: true }],
  signal: [{ name: 'name', isNeeded: true }, { name: 'data' }],
  pause: [],
  resume: [],
};

/** `/batches/:id` */
export const BatchParams = z.object({ id: sagaName });

/** Query of `GET /batches`. */
export const BatchQuery = z.strictObject({
  cursor: listCursor,
  limit: wholeNumber(1, 200).default(50),
});

/** Query of `GET /batches/:id`. */
export const RefusedQuery = z.strictObject({
  after: sagaName.exactOptional().meta({ description: 'Failures after this saga.' }),
  limit: wholeNumber(1, 1_000).default(200),
});

/** A batch, and how far it is. */
export const BatchBody = z
  .strictObject({
    id: z.string(),
    action: z.string(),
    status: z.enum(['running', 'done', 'aborted']),
    total: z.int().max(maxInteger).meta({ description: 'Sagas that it is about.' }),
    done: z.int().meta({ description: 'Sagas that did it.' }),
    failed: z.int().meta({ description: 'Sagas that refused.' }),
    waitsFor: z
      .array(z.strictObject({ name: z.string(), version: z.int(), hash: z.string() }))
      .meta({ description: 'Definitions of the sagas that are left, for which no node is there.' }),
    actor: z.string().nullable(),
    reason: z.string().nullable(),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Batch' });

/** A batch with the sagas that refused. */
export const BatchDetailBody = BatchBody.extend({
  failures: z.array(z.strictObject({ sagaId: z.string(), reason: z.string() })),
  next: z.string().nullable().meta({ description: '`after` of the following failures.' }),
}).meta({ id: 'BatchDetail' });

/** Batches, newest first. */
export const BatchListBody = z
  .strictObject({
    batches: z.array(BatchBody),
    next: z.string().nullable().meta({ description: '`cursor` of the following page.' }),
  })
  .meta({ id: 'BatchList' });
