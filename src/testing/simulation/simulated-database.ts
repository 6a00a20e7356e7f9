import { StorageUnavailableError } from '../../core/errors.ts';
import { isSettled, type StoredSnapshot } from '../../core/snapshot.ts';
import type { SagaKey, SagaRecord, SagaRelease, SagaStore, SagaWrite } from '../../core/store.ts';
import { MemoryStore } from '../../memory/store.ts';
import type { Agenda } from './agenda.ts';
import type { Chronicle } from './chronicle.ts';
import type { Faults } from './faults.ts';
import type { DurableMove, Takeover, Violation } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** What a database is made of. */
export interface SimulatedDatabaseOptions {
  readonly agenda: Agenda;
  readonly random: SeededRandom;
  readonly chronicle: Chronicle;
  /** What goes wrong now. */
  readonly faults: () => Faults;
}

/** What becomes of a call: its caller is told, or is not; it takes effect, or does not. */
type Fate = 'answered' | 'lost' | 'answerLost' | 'late';

type Statement = () => Promise<unknown>;

/** A memory store behind a network: what is asked of it takes time, may be lost, and may take effect without its caller knowing. */
export class SimulatedDatabase {
  readonly #options: SimulatedDatabaseOptions;
  /** The truth, for those who may know it. */
  readonly truth: MemoryStore;
  readonly #moves: DurableMove[] = [];
  readonly #takeovers: Takeover[] = [];
  readonly #violations: Violation[] = [];
  /** ms since the epoch. */
  #downUntil = 0;

  constructor(options: SimulatedDatabaseOptions) {
    this.#options = options;
    const { agenda } = options;
    this.truth = new MemoryStore({
      clock: { now: () => Math.floor(agenda.now), schedule: (delay, task) => agenda.after(delay, task) },
    });
  }

  /** What it made durable, in order. */
  get moves(): readonly DurableMove[] {
    return this.#moves;
  }

  /** Who took which saga over, in order. */
  get takeovers(): readonly Takeover[] {
    return this.#takeovers;
  }

  /** What was wrong with its rows as soon as it was written. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Answers nobody for `ms`. */
  goDown(ms: number): void {
    this.#options.chronicle.tell('database', `is gone for ${Math.round(ms)} ms`);
    this.#downUntil = Math.max(this.#downUntil, this.#options.agenda.now + ms);
  }

  /** Answers again. */
  comeBack(): void {
    this.#downUntil = 0;
  }

  /** The store as one process sees it. Its `close` ends the connection only. */
  connect(process: SimulatedProcess): SagaStore {
    // Every method of the port, those that are yet to come, too.
    return new Proxy<SagaStore>(this.truth, {
      get: (truth, name) => {
        const method: unknown = Reflect.get(truth, name);
        if (typeof method !== 'function') return method;
        if (name === 'close') return () => Promise.resolve();
        return (...given: readonly unknown[]) => this.#call(process, String(name), given);
      },
    });
  }

  #call(process: SimulatedProcess, method: string, given: readonly unknown[]): Promise<unknown> {
    const { agenda, random } = this.#options;
    const fate = this.#drawFate();
    return new Promise((resolve, reject) => {
      const giveUp = (delay: number) =>
        void process.after(delay, () => reject(new StorageUnavailableError(`no answer to ${method}`)));
      if (fate === 'lost') return giveUp(this.#delay());
      if (fate === 'late') giveUp(this.#delay());
      const statement = () => this.#execute(process, method, given);
      const arrive = () => {
        if (agenda.now < this.#downUntil) return fate === 'late' ? undefined : giveUp(1);
        statement().then(
          (result) => {
            if (fate === 'answered') process.after(this.#delay(), () => resolve(result));
            else if (fate === 'answerLost') giveUp(this.#delay());
          },
          (error: Error) => void process.after(1, () => reject(error)),
        );
      };
      agenda.after(this.#delay() + (fate === 'late' ? random.between(10, 2_000) : 0), arrive, 'message');
    });
  }

  #drawFate(): Fate {
    const { random } = this.#options;
    const { callLost, answerLost, callLate } = this.#options.faults();
    if (random.chance(callLost)) return 'lost';
    if (random.chance(answerLost)) return 'answerLost';
    return random.chance(callLate) ? 'late' : 'answered';
  }

  #delay(): number {
    const { random, faults } = this.#options;
    return random.chance(faults().callSlow) ? random.between(20, 3_000) : random.between(0.3, 6);
  }

  #execute(process: SimulatedProcess, method: string, given: readonly unknown[]): Promise<unknown> {
    const run = Reflect.get(this.truth, method) as (...args: readonly unknown[]) => Promise<unknown>;
    const statement: Statement = () => run.apply(this.truth, given as unknown[]);
    if (method === 'commit') return this.#commit(given as [string, readonly SagaWrite[]], statement);
    if (method === 'claim' || method === 'claimOne')
      return this.#claim(process, statement, method === 'claimOne' ? (given[0] as SagaKey) : undefined);
    if (method === 'release') return this.#release(process, given[0] as readonly SagaRelease[], statement);
    return statement();
  }

  async #commit(
    [txId, writes]: readonly [string, readonly SagaWrite[]],
    statement: Statement,
  ): Promise<unknown> {
    const before = await Promise.all(writes.map(({ key }) => this.truth.get(key)));
    const written = (await statement()) as readonly boolean[];
    for (const [index, write] of writes.entries()) {
      if (written[index] === true) this.#moved(txId, write, before[index]);
      else
        this.#options.chronicle.tell(
          'database',
          `${write.key.id} stays at v${before[index]?.version ?? 0}, epoch ${before[index]?.epoch ?? 0}: '${write.entry.type}' is stale`,
        );
    }
    return written;
  }

  #moved(txId: string, write: SagaWrite, before: SagaRecord | undefined): void {
    const { key, entry, state } = write;
    const { agenda, chronicle } = this.#options;
    const after = `${state.owner ?? 'nobody'}${state.dueAt === null || state.owner !== null ? '' : ` until ${state.dueAt % 1e6}`}`;
    const line = chronicle.tell(
      'database',
      `${key.id} v${(before?.version ?? 0) + 1} ${entry.type} → ${entry.state}, driven by ${after}`,
    );
    this.#moves.push({ line, at: Math.floor(agenda.now), txId, write, before });
    this.#checkAlarm(key.id, state);
  }

  async #claim(process: SimulatedProcess, statement: Statement, one: SagaKey | undefined): Promise<unknown> {
    const before = one === undefined ? undefined : await this.truth.get(one);
    const result = (await statement()) as readonly SagaRecord[] | SagaRecord | undefined;
    const records = result === undefined ? [] : 'id' in result ? [result] : result;
    for (const { id, owner, epoch } of records.filter((record) => record.epoch !== before?.epoch)) {
      const line = this.#options.chronicle.tell(
        'database',
        `${id} is taken over by ${owner ?? 'nobody'}, epoch ${epoch}`,
      );
      this.#takeovers.push({ line, id, node: process.name, epoch });
    }
    return result;
  }

  async #release(
    process: SimulatedProcess,
    releases: readonly SagaRelease[],
    statement: Statement,
  ): Promise<unknown> {
    const result = await statement();
    for (const { key } of releases) {
      const record = await this.truth.get(key);
      if (record?.owner !== null) continue;
      this.#options.chronicle.tell('database', `${key.id} is let go of by ${process.name}`);
      this.#checkAlarm(key.id, record);
    }
    return result;
  }

  /** A saga that is neither at rest nor driven by anybody must have an alarm. */
  #checkAlarm(
    sagaId: string,
    {
      status,
      owner,
      dueAt,
      hooks,
      snapshot,
    }: Pick<SagaRecord, 'status' | 'owner' | 'dueAt' | 'hooks' | 'snapshot'>,
  ): void {
    if (owner !== null || dueAt !== null) return;
    if (hooks === null && (isSettled(status) || waitsForSomebody(snapshot))) return;
    this.#violations.push({
      invariant: 'I-20',
      sagaId,
      what: `it is ${status}, nobody drives it and nothing will wake it`,
    });
  }
}

/** Whether nothing but a person, or a signal from outside, moves the saga on. */
function waitsForSomebody(snapshot: string): boolean {
  const { context, timers, value } = readSnapshot(snapshot);
  if (context === undefined || timers === undefined || 'deadline' in timers) return false;
  const isWait = /^\{"running":\{"[^"]+":"waiting"\}\}$/.test(JSON.stringify(value));
  return context.paused !== undefined || (isWait && Object.keys(timers).length === 0);
}

/** A store keeps any text; only an engine's is a snapshot. */
function readSnapshot(text: string): Partial<StoredSnapshot> {
  try {
    return JSON.parse(text) as Partial<StoredSnapshot>;
  } catch {
    return {};
  }
}
