import type { Clock, Ids } from '../core/clock.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import { isSettled, parseSnapshot } from '../core/snapshot.ts';
import type { SagaRecord, SagaStore } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import type { Transport } from '../core/transport.ts';
import { InProcessTransport } from '../memory/transport.ts';
import { MemoryStore } from '../memory/store.ts';
import { deviationOf } from '../proof/conformance.ts';
import { untouched } from '../proof/effects.ts';
import type { Facts } from '../proof/facts.ts';
import { breachesBetween, breachesIn } from '../proof/properties.ts';
import { factsOf } from '../proof/saga-facts.ts';
import type { Effects } from '../proof/scene-effects.ts';
import { Ledger, type LedgerEntry } from './crash-ledger.ts';
import { type CrashPoint, drivingDeeds, MortalPorts } from './crash-points.ts';
import { type Fault, FaultyTransport } from './fault-injection.ts';
import { ManualClock } from './manual-clock.ts';
import { QuietStore } from './quiet-store.ts';

/** What an engine stands on; `createOrchestrator` takes it as it is. */
export interface CrashPorts {
  readonly sagas: readonly AnySagaDefinition[];
  readonly store: SagaStore;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: { readonly leaseTtl: number; readonly claimInterval: number };
}

/** What is asked of an engine; an orchestrator fits. */
export interface CrashNode {
  start(name: string, input: unknown, options: { readonly id: string }): Promise<unknown>;
  retry(id: string, options: { readonly actor: string }): Promise<unknown>;
  close(): Promise<void>;
}

/** What does not go well: a command that is refused, or on which a fault is put. */
export interface CrashPath {
  /** `charge`, `undoCharge`; `undefined`: everything goes well. */
  readonly command?: string;
  readonly fault?: Fault | 'refused';
  /** Each time, not only the first. */
  readonly isForever?: boolean;
}

/** One saga on one path, whose first node dies at a point. */
export interface CrashCase {
  readonly saga: AnySagaDefinition;
  /** Makes an engine and opens it. */
  readonly createNode: (ports: CrashPorts) => Promise<CrashNode>;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly path: CrashPath;
  /** Counts from 1; `undefined`: it lives. */
  readonly crashAt: number | undefined;
  /** Makes a store with nothing in it, in the clock's time; in memory when left out. */
  readonly createStore?: ((clock: Clock) => Promise<SagaStore>) | undefined;
}

/** How a case went. */
export interface CrashEnd {
  readonly status: string;
  /** How many points the first node came to. */
  readonly points: number;
  readonly diedAt: CrashPoint | undefined;
  /** Names of the commands that were sent. */
  readonly sent: readonly string[];
  readonly violations: readonly string[];
}

const key = { tenant: 'default', id: 'crash' };
const leaseTtl = 10_000;
/** No saga takes that many turns; one that does is stuck. */
const maxTurns = 5_000;

/** Runs a case to its end, on the engine, with a ledger at every participant. */
export async function runCrashCase(given: CrashCase): Promise<CrashEnd> {
  const clock = new ManualClock();
  const store = new QuietStore((await given.createStore?.(clock)) ?? new MemoryStore({ clock }));
  try {
    return await new CrashWorld(given, clock, store).run();
  } finally {
    await store.store.close();
  }
}

class CrashWorld {
  readonly #case: CrashCase;
  readonly #logic: SagaLogic;
  readonly #clock: ManualClock;
  readonly #quiet: QuietStore;
  readonly #store: SagaStore;
  readonly #wire = new FaultyTransport(new InProcessTransport());
  readonly #ledger: Ledger;
  #isCalm = false;
  #isOver = false;
  #nodes = 0;
  #diedAt: CrashPoint | undefined;

  constructor(given: CrashCase, clock: ManualClock, quiet: QuietStore) {
    const { saga, path, results } = given;
    this.#case = given;
    this.#clock = clock;
    this.#quiet = quiet;
    this.#store = quiet.store;
    this.#logic = { plan: saga.plan, machine: saga.machine as SagaLogic['machine'] };
    this.#ledger = new Ledger({
      plan: saga.plan,
      results,
      isRefused: (name) => !this.#isCalm && path.fault === 'refused' && path.command === name,
    });
    const { command, fault, isForever = false } = path;
    if (command !== undefined && fault !== undefined && fault !== 'refused')
      this.#wire.next(command, fault, isForever ? Number.POSITIVE_INFINITY : 1);
  }

  async run(): Promise<CrashEnd> {
    for (const service of this.#ledger.services()) await this.#wire.serve(service);
    const first = toPorts((point, index) => this.#dies(point, index));
    let node = await this.#live(first);
    if (first.isDead) {
      this.#clock.advance(leaseTtl + 1);
      node = await this.#live(toPorts(() => false));
    }
    const { status } = await this.#row();
    if (status === 'failed') await this.#unpark(node);
    this.#wire.release();
    for (let turns = 0; turns < 5; turns += 1) await this.#quiet.ended();
    await node?.close();
    const sent = [...new Set(this.#wire.passed.map(({ name }) => name))];
    return {
      status,
      points: first.reached,
      diedAt: this.#diedAt,
      sent,
      violations: await this.#violations(),
    };
  }

  #dies(point: CrashPoint, index: number): boolean {
    const isTime = !this.#isOver && index === this.#case.crashAt;
    if (isTime) this.#diedAt = point;
    return isTime;
  }

  /** A person sends a parked saga on when what troubled it is over. */
  async #unpark(node: CrashNode | undefined): Promise<void> {
    this.#isCalm = true;
    this.#wire.calm();
    await node?.retry(key.id, { actor: 'a person' });
    await this.#pass(async () => (await this.#isSettled()) && this.#clock.nextAt !== undefined);
  }

  /** A node drives the saga until it is settled, or the node is dead. */
  async #live(ports: ReturnType<typeof toPorts>): Promise<CrashNode | undefined> {
    const { saga, input, createNode } = this.#case;
    this.#nodes += 1;
    const name = `n${this.#nodes}`;
    let drawn = 0;
    let node: CrashNode | undefined;
    let failure: Error | undefined;
    const start = async () => {
      node = await createNode({
        sagas: [saga],
        store: ports.store(this.#store),
        transport: ports.transport(this.#wire),
        clock: ports.clock(this.#clock),
        ids: { next: () => `${name}-${(drawn += 1)}` },
        limits: { leaseTtl, claimInterval: 1_000 },
      });
      // A client that got no answer asks again: it is the same saga.
      await node.start(saga.name, input, { id: key.id });
    };
    start().catch((error: unknown) => {
      failure = error as Error;
    });
    await this.#pass(async () => {
      if (failure !== undefined) throw failure;
      this.#isOver = !ports.isDead && (await this.#isSettled());
      return this.#isOver || ports.isDead;
    });
    return ports.isDead ? undefined : node;
  }

  /** Lets time pass from one timer to the next. */
  async #pass(until: () => Promise<boolean>): Promise<void> {
    for (let turns = 0; turns < maxTurns; turns += 1) {
      await this.#quiet.ended();
      if (await until()) return;
      this.#clock.advance(Math.max(1, (this.#clock.nextAt ?? 0) - this.#clock.now()));
    }
    throw new Error(`the saga never settles: ${(await this.#store.get(key))?.snapshot ?? 'it is nowhere'}`);
  }

  async #isSettled(): Promise<boolean> {
    const record = await this.#store.get(key);
    return record !== undefined && isSettled(record.status) && record.hooks === null;
  }

  async #row(): Promise<SagaRecord> {
    const record = await this.#store.get(key);
    if (record === undefined) throw new Error('the saga is lost');
    return record;
  }

  async #violations(): Promise<readonly string[]> {
    const record = await this.#row();
    const rows = await this.#store.history(key, { limit: 100_000 });
    const deviation = deviationOf(this.#logic, record, rows);
    return [
      ...(deviation === undefined ? [] : [deviation.what]),
      ...(record.closedAt === null ? [`it is ${record.status} for good`] : []),
      ...this.#ledgerBreaches(record),
    ];
  }

  /** What the properties say of the ledger, line by line, and of how it ends. */
  #ledgerBreaches(record: SagaRecord): readonly string[] {
    const { entries } = this.#ledger;
    const facts = entries.map((_, index) => this.#factsAfter(record, entries.slice(0, index + 1), 'running'));
    const between = facts.flatMap((after, index) =>
      breachesBetween(facts[index - 1] ?? this.#factsAfter(record, [], 'running'), after),
    );
    const end = breachesIn(this.#factsAfter(record, entries, record.status));
    return [...new Set([...between, ...end].map(({ what }) => what))];
  }

  #factsAfter(record: SagaRecord, entries: readonly LedgerEntry[], status: SagaRecord['status']): Facts {
    const effects: Effects = Object.fromEntries(
      entries.map(({ step }) => {
        const count = (op: LedgerEntry['op']) =>
          entries.filter((entry) => entry.step === step && entry.op === op).length;
        return [step, { ...untouched, done: count('do') + count('seal'), undone: count('undo') }];
      }),
    );
    const snapshot = parseSnapshot(this.#logic.machine, record.snapshot);
    const isOverridden = record.isOverridden;
    return factsOf(this.#logic.plan, { snapshot, effects, status, isOverridden, isPaused: false });
  }
}

/** `index` counts the points from 1. */
function toPorts(diesAt: (point: CrashPoint, index: number) => boolean) {
  return new MortalPorts({ deeds: drivingDeeds, diesAt: ({ kind, index }) => diesAt(kind, index) });
}
