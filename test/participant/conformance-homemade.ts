import type { CommandRequest, Op, Reply, Service } from '../../src/core/transport.ts';

/** What can be wrong with a participant that somebody wrote by hand. */
export type Fault =
  | 'has no idempotency'
  | 'looks before it inserts'
  | 'executes an undo before its action'
  | 'executes a late action'
  | 'executes a late duplicate'
  | 'undoes twice'
  | 'does not undo'
  | 'knows nothing of an undo it did'
  | 'replies anew on replay'
  | 'forgets refusals'
  | 'executes what it refuses'
  | 'executes a seal'
  | 'ignores the generation'
  | 'ignores the key'
  | 'takes an unknown op for an action'
  | 'hangs'
  | 'hangs on undo'
  | 'replies what cannot be stored'
  | 'stores replies as jsonb'
  | 'drops what is too much'
  | 'dies on garbage';

interface Row {
  readonly reason: Op;
  readonly reply: Reply;
  readonly undone?: Reply;
}

/** A participant written without the kit, in the simplest way that is right, with one thing wrong at most. */
export class Homemade {
  readonly #fault: Fault | undefined;
  readonly #rows = new Map<string, Row>();
  readonly #tails = new Map<string, Promise<unknown>>();
  #working = 0;
  #runs = 0;
  #isDead = false;
  /** What the probe sees: takings minus givings. */
  effects = 0;

  constructor(fault?: Fault) {
    this.#fault = fault;
  }

  get service(): Service {
    const handle = (request: CommandRequest) => this.#handle(request);
    return {
      participant: 'stock',
      version: '1.0.0',
      description: '',
      operations: ['reserve', 'release'],
      handle,
    };
  }

  async #handle(request: CommandRequest): Promise<Reply | undefined> {
    const isGarbage = typeof request.body.input !== 'object' || request.body.input === null;
    if (this.#has('dies on garbage') && isGarbage) this.#isDead = true;
    if (this.#isDead || this.#has('hangs') || (this.#has('hangs on undo') && request.op === 'undo'))
      return undefined;
    const { idempotencyKey, tenant, sagaId, step, op } = request;
    const parts = idempotencyKey.split(':');
    const isOwn = parts.join() === [tenant, sagaId, step, parts[3], parts[4], op].join();
    const isKnown = ['do', 'undo', 'seal'].includes(op);
    if (!isOwn && !this.#has('ignores the key')) return refusal('bad_key');
    if (!isKnown && !this.#has('takes an unknown op for an action')) return refusal('bad_op');
    const known = isKnown ? request : { ...request, op: 'do' as const };
    const key = this.#has('ignores the key')
      ? idempotencyKey.replace(/:[a-z]+$/, '')
      : [tenant, sagaId, step, parts[3], this.#has('ignores the generation') ? 0 : parts[4]].join(':');
    if (this.#has('drops what is too much') && this.#working >= 4) return undefined;
    this.#working += 1;
    try {
      return await (this.#has('looks before it inserts') ? this.#pass(key, known) : this.#queue(key, known));
    } finally {
      this.#working -= 1;
    }
  }

  #queue(key: string, request: CommandRequest): Promise<Reply> {
    const passage = (this.#tails.get(key) ?? Promise.resolve()).then(() => this.#pass(key, request));
    this.#tails.set(key, passage);
    return passage;
  }

  async #pass(key: string, request: CommandRequest): Promise<Reply> {
    const row = this.#rows.get(key);
    // Somebody else may come between the look and the insert.
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    if (request.op === 'undo') return this.#undo(key, row);
    if (request.op === 'seal') return this.#seal(key, row, request);
    const isForgotten =
      this.#has('has no idempotency') ||
      (this.#has('executes a late action') && row?.reason !== 'do') ||
      (this.#has('executes a late duplicate') && row?.undone !== undefined);
    if (row !== undefined && !isForgotten) {
      if (row.reason !== 'do') return { type: 'sealed' };
      return this.#has('replies anew on replay') ? this.#reply() : this.#stored(row.reply);
    }
    return this.#do(key, request);
  }

  #do(key: string, { body }: CommandRequest): Reply {
    const isRefused = JSON.stringify(body.input) === '{"quantity":-1}';
    if (!isRefused || this.#has('executes what it refuses')) this.effects += 1;
    const reply: Reply = isRefused ? refusal('negative') : this.#reply();
    if (!isRefused || !this.#has('forgets refusals')) this.#rows.set(key, { reason: 'do', reply });
    return reply;
  }

  #undo(key: string, row: Row | undefined): Reply {
    const isBefore = row === undefined;
    if (isBefore) this.#rows.set(key, { reason: 'undo', reply: DONE });
    const isNothing = row?.reason !== 'do' || row.reply.type === 'refused';
    if (isNothing && !(isBefore && this.#has('executes an undo before its action'))) return DONE;
    if (row?.undone !== undefined && this.#has('knows nothing of an undo it did'))
      return refusal('not_found');
    if (row?.undone !== undefined && !this.#has('undoes twice')) return row.undone;
    if (!this.#has('does not undo')) this.effects -= 1;
    if (row !== undefined) this.#rows.set(key, { ...row, undone: DONE });
    return DONE;
  }

  #seal(key: string, row: Row | undefined, request: CommandRequest): Reply {
    if (this.#has('executes a seal')) return this.#do(key, request);
    if (row === undefined) this.#rows.set(key, { reason: 'seal', reply: DONE });
    return row?.reason === 'do' ? this.#stored(row.reply) : { type: 'sealed' };
  }

  #reply(): Reply {
    this.#runs += 1;
    const text = this.#has('replies what cannot be stored') ? '\u0000' : 'held';
    return { type: 'succeeded', result: { text, run: this.#runs, id: `h-${this.#runs}` } };
  }

  #stored(reply: Reply): Reply {
    if (!this.#has('stores replies as jsonb') || reply.type !== 'succeeded') return reply;
    const { text, run, id } = reply.result as { text: string; run: number; id: string };
    return { type: 'succeeded', result: { id, run, text } };
  }

  #has(fault: Fault): boolean {
    return this.#fault === fault;
  }
}

const DONE: Reply = { type: 'succeeded', result: null };

function refusal(code: string): Reply {
  return { type: 'refused', error: { code, message: 'no' } };
}
