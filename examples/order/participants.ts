import type { Serving, Transport } from 'sagachart';
import { type Barrier, type Handler, serveParticipant, TerminalError } from 'sagachart/participant';
import { type Faults, withFaults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Order } from './saga.ts';

/** What the participants stand on. */
export interface ParticipantsOptions<Tx> {
  readonly transport: Pick<Transport, 'serve'>;
  readonly barrier: Barrier<Tx>;
  readonly ledger: Ledger<Tx>;
  readonly faults: Faults;
}

/** What an operation answers; throws `TerminalError` to refuse. The effect itself is the line in the ledger. */
type Act = (input: never, sagaId: string) => Readonly<Record<string, unknown>>;

interface Participant {
  readonly description: string;
  readonly acts: Readonly<Record<string, Act>>;
}

/** The four participants of an order. */
export const participants: Readonly<Record<string, Participant>> = {
  inventory: {
    description: 'Reserves goods and releases them',
    acts: {
      reserve: ({ items }: Pick<Order, 'items'>, sagaId) => {
        if (items.some(({ productId }) => productId === 'out-of-stock'))
          throw refusal('out_of_stock', 'the goods are out of stock');
        return { reservationId: `reservation-${sagaId}` };
      },
      release: () => ({ released: true }),
    },
  },
  payment: {
    description: 'Charges customers and refunds them',
    acts: {
      charge: (
        { paymentMethod, amount }: Pick<Order, 'paymentMethod'> & { readonly amount: number },
        sagaId,
      ) => {
        if (paymentMethod === 'card-declined') throw refusal('card_declined', 'the card was declined');
        return { paymentId: `payment-${sagaId}`, amount };
      },
      refund: () => ({ refunded: true }),
    },
  },
  shipping: {
    description: 'Creates shipments and cancels them',
    acts: {
      create: ({ address }: { readonly address: Order['shippingAddress'] }, sagaId) => {
        if (address.country === 'XX') throw refusal('undeliverable', 'nothing is delivered to country XX');
        return { shipmentId: `shipment-${sagaId}`, trackingNumber: `track-${sagaId}` };
      },
      cancel: () => ({ cancelled: true }),
    },
  },
  order: {
    description: 'Marks orders as complete',
    acts: { complete: ({ orderId }: { readonly orderId: string }) => ({ orderId }) },
  },
};

/** Serves the participants. `close` finishes the commands at hand. */
export async function serveParticipants<Tx>(options: ParticipantsOptions<Tx>): Promise<Serving> {
  const transport = withFaults(options.transport, options.faults);
  const { barrier, ledger } = options;
  const servings = await Promise.all(
    Object.entries(participants).map(([name, { description, acts }]) => {
      const handlers = Object.entries(acts).map(([operation, act]) => [
        operation,
        toHandler(options, { participant: name, operation, act }),
      ]);
      const operations = Object.fromEntries(handlers) as Record<string, Handler<Tx>>;
      return serveParticipant(transport, { name, description, barrier, operations, onOutcome: ledger.note });
    }),
  );
  return {
    close: async () => {
      await Promise.all(servings.map((serving) => serving.close()));
    },
  };
}

/** An act with its line in the ledger. An injected refusal is made here, inside the barrier: a no once given stays a no. */
function toHandler<Tx>(
  { ledger, faults }: ParticipantsOptions<Tx>,
  {
    participant,
    operation,
    act,
  }: { readonly participant: string; readonly operation: string; readonly act: Act },
): Handler<Tx> {
  return async ({ input, saga: { id: sagaId, step, op }, tx }) => {
    if (faults.take({ participant, operation, sagaId }, ['refuse']) !== undefined)
      throw refusal('demo_fault', 'a fault of the demo: refused');
    const reply = act(input as never, sagaId);
    await ledger.write(tx, { participant, operation, op, sagaId, step, outcome: 'applied' });
    return reply;
  };
}

function refusal(reason: string, message: string): TerminalError {
  return new TerminalError(message, { reason });
}
