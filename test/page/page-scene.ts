import { order } from '../../examples/order/saga.ts';
import { goodOrder, type openPageServer } from './page-server.ts';

type Server = Awaited<ReturnType<typeof openPageServer>>;

const cities = ['Berlin', 'Lisbon', 'Oslo', 'Turin', 'Ghent', 'Graz'];
const customers = ['ada', 'grace', 'edsger', 'barbara', 'tony', 'leslie'];

/** Sagas in every status, as a page would show them on an ordinary day. Gives the ids of those worth a closer look. */
export async function playScene(server: Server) {
  const { orchestrator, says } = server;
  const start = (id: string, input: object) =>
    orchestrator.start(
      order.name,
      { ...goodOrder, ...input },
      { id, attributes: { customer: customers[id.length % 6] ?? '' } },
    );
  const settle = (ids: readonly string[]) =>
    Promise.all(ids.map((id) => orchestrator.settled(id, { timeout: 10_000 })));
  const common = Array.from(
    { length: 36 },
    (_order, index) => `ord_01JD8${'QRSTUVWXYZ'[index % 10]}${String(index * 7919 + 1001).slice(-4)}`,
  );
  for (const [index, id] of common.entries()) {
    const country = index % 12 === 5 ? 'XX' : 'DE';
    const paymentMethod = index % 7 === 3 ? 'card-declined' : 'card';
    await start(id, {
      customerId: customers[index % 6],
      paymentMethod,
      shippingAddress: { country, city: cities[index % 6] },
    });
  }
  await settle(common);
  let refusals = 0;
  const late = 'ord_01JD8LATE';
  says.script = ({ operation, sagaId, op, attempt }) => {
    if (sagaId === 'ord_01JD8PARK' && operation === 'refund') {
      refusals += 1;
      return {
        type: 'refused',
        error: { code: 'account_closed', message: 'the account was closed, nothing can be refunded' },
      };
    }
    if (sagaId === late && operation === 'create')
      return attempt < 3
        ? {
            type: 'failed',
            error: { code: 'carrier_unavailable', message: 'the carrier does not answer (503)' },
          }
        : { type: 'refused', error: { code: 'undeliverable', message: 'nothing is delivered there' } };
    if (sagaId === late && op === 'undo' && operation === 'refund')
      return attempt < 3
        ? { type: 'failed', error: { code: 'bank_busy', message: 'the bank asks for patience' } }
        : new Promise<never>(() => undefined);
    if (sagaId.startsWith('ord_01JD8OPEN') && operation === 'create')
      return new Promise<never>(() => undefined);
    return undefined;
  };
  await start('ord_01JD8PARK', { shippingAddress: { country: 'XX' } });
  await settle(['ord_01JD8PARK']);
  await orchestrator.start('trip', { traveller: 'ada' }, { id: 'trip_01JD8WAIT' });
  await start('ord_01JD8OPEN1', {});
  await start(late, {});
  return {
    parked: 'ord_01JD8PARK',
    compensating: late,
    waiting: 'trip_01JD8WAIT',
    open: 'ord_01JD8OPEN1',
    completed: common[0] ?? '',
    refusals,
  };
}
