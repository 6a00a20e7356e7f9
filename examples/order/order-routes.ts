import { type Context, Hono } from 'hono';
import { NotFoundError, type Orchestrator, type Saga } from 'sagachart';
import { z } from 'zod';
import { parse, SagaId } from './request.ts';
import { toOrderHistory, toOrderSaga } from './order-view.ts';
import { order, orderIdOf } from './saga.ts';
import { toCamelCase } from './snake-case.ts';

const IdempotencyKey = z
  .string()
  .min(1, 'Idempotency-Key is empty')
  .max(200, 'Idempotency-Key has more than 200 characters')
  .optional();

const Reason = z.object({ reason: z.string().max(1_000).optional() });

/** An API of an order service in front of its saga: orders go in, sagas can be watched, cancelled and resumed. */
export function createOrderRoutes(orchestrator: Orchestrator): Hono {
  const routes = new Hono();
  routes.post('/orders', async (context) => {
    const id = await startOrder(orchestrator, context);
    context.header('location', `/api/v1/sagas/${id}`);
    return context.json(
      { saga_id: id, order_id: orderIdOf(id), status: 'pending', message: 'the order is being processed' },
      202,
    );
  });
  routes.get('/sagas/:id', async (context) => {
    const saga = await readOrder(orchestrator, context.req.param('id'));
    return context.json(toOrderSaga(saga, await orchestrator.history(saga.id)));
  });
  routes.get('/sagas/:id/history', async (context) => {
    const { id } = await readOrder(orchestrator, context.req.param('id'));
    return context.json(toOrderHistory(id, await orchestrator.history(id)));
  });
  routes.post('/sagas/:id/cancel', async (context) => {
    const { id } = await readOrder(orchestrator, context.req.param('id'));
    return accepted(
      context,
      await orchestrator.cancel(id, await readReason(context)),
      'the order is being cancelled',
    );
  });
  routes.post('/sagas/:id/resume', async (context) => {
    const { id } = await readOrder(orchestrator, context.req.param('id'));
    return accepted(context, await orchestrator.retry(id, await readReason(context)), 'the saga goes on');
  });
  return routes;
}

/** The same `Idempotency-Key` with the same order answers the same saga. Keys may be in camelCase or snake_case. */
async function startOrder(orchestrator: Orchestrator, context: Context): Promise<string> {
  const input = toCamelCase(await context.req.json());
  const idempotencyKey = parse(IdempotencyKey, context.req.header('idempotency-key'));
  const { saga } = await orchestrator.start(
    order.name,
    input,
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
  return saga.id;
}

/** Other sagas are none of this API's business. Throws `NotFoundError`. */
async function readOrder(orchestrator: Orchestrator, id: string): Promise<Saga> {
  if (!SagaId.safeParse(id).success) throw new NotFoundError('there is no such order saga');
  const saga = await orchestrator.get(id);
  if (saga.definition.name !== order.name) throw new NotFoundError(`there is no order saga '${id}'`);
  return saga;
}

async function readReason(context: Context): Promise<{ readonly actor: string; readonly reason?: string }> {
  const { reason } = parse(Reason, await context.req.json());
  return { actor: 'order-api', ...(reason === undefined ? {} : { reason }) };
}

function accepted(context: Context, { id, status }: Saga, message: string): Response {
  return context.json({ saga_id: id, status, message }, 202);
}
