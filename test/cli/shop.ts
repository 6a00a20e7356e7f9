import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { type Command, serveParticipant, TerminalError } from '../../src/participant/index.ts';

/** A participant whose effects are counted, and which can be kept from answering. */
export interface Shop {
  /** How often each command of each saga took effect: `<saga> <step> <op>`. */
  readonly effects: ReadonlyMap<string, number>;
  /** How many commands wait to be answered. */
  readonly held: () => number;
  /** From now on nothing is answered, until `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Serves `shop` on a NATS server. It refuses to charge -1. */
export async function openShop(url: string): Promise<Shop> {
  const effects = new Map<string, number>();
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const act = async ({ saga }: Command<unknown>) => {
    if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    const name = `${saga.id} ${saga.step} ${saga.op}`;
    effects.set(name, (effects.get(name) ?? 0) + 1);
    return { done: saga.step };
  };
  const charge = (command: Command<unknown>) => {
    if ((command.input as { readonly amount?: number }).amount === -1)
      throw new TerminalError('no money', { reason: 'no_money' });
    return act(command);
  };
  const transport = await createNatsTransport({ url });
  const operations = { reserve: act, release: act, charge, refund: act, ship: act, ping: act };
  await serveParticipant(transport, { name: 'shop', barrier: new MemoryBarrier(), operations });
  return {
    effects,
    held: () => waiting.length,
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
    close: () => transport.close(),
  };
}
