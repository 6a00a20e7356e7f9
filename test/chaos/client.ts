import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.ts';

/** A start, as the client saw it. `id` is what was answered; `null`: never answered with success. */
export interface StartRecord {
  readonly key: string;
  readonly id: string | null;
  /** Another id was answered for the same key, or the key passed for another request. */
  readonly conflict: string | null;
}

/** An action on a saga, as the client saw it. `status` 0: no answer. */
export interface ActionRecord {
  readonly actor: string;
  readonly kind: 'cancel' | 'retry';
  readonly id: string;
  readonly status: number;
  readonly version: number | null;
}

/** What an answer of a node says; `status` 0: there was none. */
interface Answer {
  readonly status: number;
  readonly body: { readonly id?: string; readonly version?: number; readonly sagas?: readonly SagaItem[] };
}

interface SagaItem {
  readonly id: string;
  readonly version: number;
}

/** What clients do: start orders, cancel some, look at them, and, as operators, retry parked ones. All through random nodes. */
export class Client {
  readonly #urls: readonly string[];
  readonly #random: Random;
  readonly #seen = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly starts: StartRecord[] = [];
  readonly actions: ActionRecord[] = [];
  /** Reads that gave an older version than an earlier one. */
  readonly backwardReads: string[] = [];
  reads = 0;
  /** Starts that were left out, for too many were under way. */
  leftOut = 0;
  #underWay = 0;
  #requests = 0;

  constructor(urls: readonly string[], random: Random) {
    this.#urls = urls;
    this.#random = random;
  }

  /** Starts `rate` orders a second, until `until` (ms since the epoch); resolves when all of them are answered or given up. */
  async load(rate: number, until: number): Promise<void> {
    const orders: Promise<void>[] = [];
    const begun = Date.now();
    for (let number = 0; Date.now() < until; number += 1) {
      const at = begun + (number * 1_000) / rate;
      if (at > Date.now()) await delay(at - Date.now());
      if (this.#underWay >= 500) this.leftOut += 1;
      else orders.push(this.#order(`order-${number}`));
    }
    await Promise.all(orders);
  }

  /** Looks at sagas and retries parked ones, until told to stop. */
  async operate(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await delay(500);
      await this.#look();
      if (this.#random.chance(0.25)) await this.retryParked(0.5);
    }
  }

  /** An operator's round: retries parked sagas, each with this probability. Gives how many there were, at most 100. */
  async retryParked(probability: number): Promise<number> {
    const { body } = await this.#ask('GET', '/v1/sagas?status=failed&limit=100');
    const parked = body.sagas ?? [];
    const chosen = parked.filter(() => this.#random.chance(probability));
    await Promise.all(
      chosen.map(({ id, version }) => this.#act('retry', id, { 'if-match': `"${version}"` })),
    );
    return parked.length;
  }

  async #order(key: string): Promise<void> {
    this.#underWay += 1;
    try {
      const body = {
        name: this.#random.pick(['order', 'order', 'purchase', 'bundle']),
        input: this.#input(),
      };
      const [wish, doubt, wait] = [this.#random.next(), this.#random.next(), this.#random.next()];
      const id = await this.#start(key, body);
      if (id !== null && wish < 0.1) {
        await delay(wait * 1_500);
        await this.#act('cancel', id);
      }
      if (id !== null && doubt < 0.05) await this.#startAgain(key, id, body, doubt);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Asks until there is an answer, for at most a minute and a half. */
  async #start(key: string, body: object): Promise<string | null> {
    const deadline = Date.now() + 90_000;
    while (Date.now() < deadline) {
      const { status, body: answer } = await this.#ask('POST', '/v1/sagas', body, { 'idempotency-key': key });
      if ((status === 200 || status === 201) && answer.id !== undefined) {
        this.starts.push({ key, id: answer.id, conflict: null });
        this.#ids.push(answer.id);
        return answer.id;
      }
      if (status !== 0 && status < 500) {
        this.starts.push({ key, id: null, conflict: `start answered ${status}` });
        return null;
      }
      await delay(100 + 400 * this.#random.next());
    }
    this.starts.push({ key, id: null, conflict: null });
    return null;
  }

  /** The same key again gives the same saga; with another body it is refused. */
  async #startAgain(key: string, id: string, body: object, doubt: number): Promise<void> {
    const isSame = doubt < 0.04;
    const request = isSame ? body : { ...body, attributes: { changed: 'yes' } };
    const { status, body: answer } = await this.#ask('POST', '/v1/sagas', request, {
      'idempotency-key': key,
    });
    if (status === 0 || status >= 500) return;
    const isRight = isSame ? status === 200 && answer.id === id : status === 422;
    if (!isRight)
      this.starts.push({ key, id: null, conflict: `a repetition answered ${status} ${answer.id ?? ''}` });
  }

  async #act(
    kind: 'cancel' | 'retry',
    id: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) {
      const actor = `${kind}-${(this.#requests += 1)}`;
      const { status, body } = await this.#ask(
        'POST',
        `/v1/sagas/${id}/${kind}`,
        { actor, reason: 'chaos' },
        headers,
      );
      this.actions.push({ actor, kind, id, status, version: body.version ?? null });
      if (status !== 0 && status < 500) return;
      await delay(300);
    }
  }

  async #look(): Promise<void> {
    const newest = this.#ids.slice(-200);
    for (let looks = 0; looks < 5 && newest.length > 0; looks += 1) {
      const id = this.#random.pick(newest);
      const { status, body } = await this.#ask('GET', `/v1/sagas/${id}`);
      if (status === 404) this.backwardReads.push(`${id} was acknowledged and is not found`);
      if (status !== 200 || body.version === undefined) continue;
      this.reads += 1;
      const before = this.#seen.get(id) ?? 0;
      if (body.version < before) this.backwardReads.push(`${id} was at ${before}, then at ${body.version}`);
      this.#seen.set(id, body.version);
    }
  }

  async #ask(
    method: string,
    path: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    try {
      const response = await fetch(`${this.#random.pick(this.#urls)}${path}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(8_000),
      });
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    } catch {
      // The node is dead, stopped, or died while it answered.
      return { status: 0, body: {} };
    }
  }

  #input(): object {
    const luck = this.#random.next();
    return {
      customerId: 'ada',
      items: [{ productId: luck < 0.04 ? 'out-of-stock' : 'book', quantity: 2, price: 12.5 }],
      paymentMethod: luck > 0.94 ? 'card-declined' : 'card',
      shippingAddress: { country: luck > 0.5 && luck < 0.56 ? 'XX' : 'DE' },
    };
  }
}
