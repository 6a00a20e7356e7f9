import type { Clock } from '../core/clock.ts';
import { isSettled } from '../core/snapshot.ts';
import type { SagaKey, SagaRecord } from '../core/store.ts';
import { toId } from './saga-record.ts';

/** How often a saga that another node may drive is looked at; ms. */
const lookEvery = 2_000;

/** How long to wait for a saga, and who knows it. */
export interface WaitOptions {
  /** ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly reader: { record(key: SagaKey): Promise<SagaRecord> };
}

/** Lets callers wait until a saga is settled: closed, or parked for a person. */
export class Settlement {
  readonly #waiting = new Map<string, Set<(record: SagaRecord) => void>>();

  /** Tells those who wait. */
  settled(record: SagaRecord): void {
    for (const resolve of this.#waiting.get(toId(record)) ?? []) resolve(record);
  }

  /** How many callers wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The settled row, or the row as it is after `timeout` ms. */
  async wait(key: SagaKey, { timeout, clock, reader }: WaitOptions): Promise<SagaRecord> {
    const look = async () => {
      const record = await reader.record(key);
      return isSettled(record.status) ? record : undefined;
    };
    return (await this.#look(key, { timeout, clock, look })) ?? reader.record(key);
  }

  async #look(
    key: SagaKey,
    options: Omit<WaitOptions, 'reader'> & { readonly look: () => Promise<SagaRecord | undefined> },
  ): Promise<SagaRecord | undefined> {
    const { timeout, clock, look } = options;
    const cleanUp: (() => void)[] = [];
    let isOver = false;
    try {
      return await new Promise<SagaRecord | undefined>((resolve, reject) => {
        cleanUp.push(
          this.#listen(key, resolve),
          clock.schedule(timeout, () => resolve(undefined)),
        );
        const again = () => {
          look().then((record) => {
            if (record !== undefined) resolve(record);
            else if (!isOver) cleanUp.push(clock.schedule(lookEvery, again));
          }, reject);
        };
        again();
      });
    } finally {
      isOver = true;
      for (const forget of cleanUp) forget();
    }
  }

  #listen(key: SagaKey, resolve: (record: SagaRecord) => void): () => void {
    const id = toId(key);
    const listeners = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, listeners.add(resolve));
    return () => {
      listeners.delete(resolve);
      if (listeners.size === 0) this.#waiting.delete(id);
    };
  }
}
