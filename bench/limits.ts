import { randomUUID } from 'node:crypto';
import type { SagaStore, Transport } from 'sagachart';
import { measure } from './measure.ts';

type Write = Parameters<SagaStore['commit']>[1][number];
type Request = Parameters<Transport['request']>[0];

/** How many rows of the saga's kind the store can write per second: starts, in batches of 256, two under way. */
export async function rowsPerSecond(
  store: SagaStore,
  like: Pick<Write, 'origin' | 'state' | 'entry'>,
  duration: number,
): Promise<number> {
  const batch = 256;
  const { rate } = await measure(2, duration, async () => {
    const writes = Array.from({ length: batch }, () => ({
      ...like,
      key: { tenant: 'limit', id: randomUUID() },
      expected: null,
    }));
    await store.commit(randomUUID(), writes);
  });
  return rate * batch;
}

/** How many commands per second can be asked and answered, `inFlight` at a time. */
export async function requestsPerSecond(
  transport: Transport,
  request: Request,
  options: { readonly inFlight: number; readonly duration: number },
): Promise<number> {
  const ask = () => new Promise<void>((resolve) => transport.request(request, () => resolve()));
  return (await measure(options.inFlight, options.duration, ask)).rate;
}
