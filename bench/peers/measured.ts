import type { Transport } from '../../src/index.ts';
import { type Measured, measure } from '../measure.ts';

/** What is to be measured: so many at a time, for so long; ms. */
export interface Wanted {
  readonly inFlight: number;
  readonly duration: number;
}

/**
 * What every engine's process does: says that it is ready, then measures `run`, one saga from its start to its end, whenever
 * it is asked to. Ends with its parent.
 */
export function serveMeasurements(run: () => Promise<void>, close = () => Promise.resolve()): void {
  const tell = (said: Measured | 'ready') => process.send?.(said);
  process.on('message', ({ inFlight, duration }: Wanted) => {
    void measure(inFlight, duration, run).then(tell);
  });
  process.on('disconnect', () => {
    void close().finally(() => process.exit(0));
  });
  tell('ready');
}

const steps = [
  ['reserveInventory', 'inventory', 'reserve'],
  ['processPayment', 'payment', 'charge'],
  ['createShipment', 'shipping', 'create'],
  ['completeOrder', 'order', 'complete'],
] as const;

/** The order's four commands, in order, each over NATS request-reply: the same client, the same participants for all engines. */
export function orderSteps(transport: Transport) {
  return steps.map(([step, participant, operation]) => ({
    step,
    ask: (sagaId: string, input: unknown) =>
      new Promise<unknown>((resolve, reject) => {
        const request = {
          participant,
          operation,
          tenant: 'default',
          sagaId,
          sagaName: 'order',
          step,
          attempt: 1,
          op: 'do' as const,
          idempotencyKey: `default:${sagaId}:${step}:1:1:do`,
          body: { input },
        };
        transport.request(request, (reply) =>
          reply.type === 'succeeded' ? resolve(reply.result) : reject(new Error(reply.type)),
        );
      }),
  }));
}
