import { expect } from 'vitest';
import { getNextTransitions } from 'xstate';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { StorageRefusedError } from '../../src/core/errors.ts';
import { isClosed, parseSnapshot, type SagaSnapshot, toStored } from '../../src/core/snapshot.ts';
import type { JournalRow, SagaRecord, SagaStore } from '../../src/core/store.ts';
import {
  advance,
  begin,
  type OperatorEvent,
  type SagaEvent,
  type SagaLogic,
} from '../../src/core/transition.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createOrchestrator, type Orchestrator } from '../../src/runtime/orchestrator.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { SagaPath } from '../../src/testing/paths.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import type { Pace } from './path-sagas.ts';
import { turn, until } from './turns.ts';

const key = { tenant: 'default', id: 'path' };
/** A result that the store of these tests refuses: what makes the engine give up. */
const poison = 'unstorable-result';

/** Makes the saga of a path; the pace changes its times, not its chart. */
export type Build = (pace?: Pace) => AnySagaDefinition;

/** Runs a path against the real engine; after each event what is stored is what the pure machine says. */
export async function runPath(
  build: Build,
  path: SagaPath,
  options: { readonly isRestarted: boolean; readonly pace?: Pace },
): Promise<void> {
  const run = new PathRun(build, options);
  try {
    await run.start(path.input);
    for (const event of path.events) await run.take(event);
    await run.end(path);
  } finally {
    await run.close();
  }
}

/** An engine, what it stands on, and the model that runs beside it. */
class PathRun {
  readonly #build: Build;
  readonly #isRestarted: boolean;
  #saga: AnySagaDefinition;
  readonly #clock = new ManualClock();
  readonly #memory = new MemoryStore({ clock: this.#clock });
  readonly #participants = new ScriptedParticipants({ others: 'held' });
  #rings: string | undefined;
  #engine: Orchestrator | undefined;
  #model: SagaSnapshot | undefined;

  constructor(build: Build, { isRestarted, pace }: { readonly isRestarted: boolean; readonly pace?: Pace }) {
    this.#build = build;
    this.#isRestarted = isRestarted;
    this.#saga = build(pace);
  }

  get #logic(): SagaLogic {
    return { plan: this.#saga.plan, machine: this.#saga.machine as SagaLogic['machine'] };
  }

  async start(input: unknown): Promise<void> {
    await this.#open();
    await this.#engine?.start(this.#saga.name, input, { id: key.id });
    this.#model = begin(this.#logic, { id: key.id, input, now: this.#clock.now() }).snapshot;
    await this.#compare();
  }

  /** Makes one event happen, and compares what is stored after it with the model. */
  async take(event: SagaEvent): Promise<void> {
    const { version } = await this.#record();
    if (this.#isRestarted) await this.#restart(event);
    const acted = this.#cause(event);
    await until(`${event.type} after version ${version}`, async () => {
      this.#clock.advance(0);
      return (await this.#record()).version > version;
    });
    await acted;
    await this.#follow(event, version);
  }

  async end(path: SagaPath): Promise<void> {
    const record = await this.#record();
    expect(record.status).toBe(path.ends);
    const sent = this.#participants.sent.length;
    await this.#engine?.close();
    await this.#open();
    for (let turns = 0; turns < 5; turns += 1) await turn();
    if (isClosed(record.status)) expect(this.#participants.sent.length).toBe(sent);
    await this.#checkUndone();
  }

  async close(): Promise<void> {
    await this.#engine?.close();
    await this.#participants.close();
  }

  async #restart(event: SagaEvent): Promise<void> {
    await this.#engine?.close();
    this.#rings =
      event.type.startsWith('xstate.after.') || event.type === 'deadline' ? event.type : undefined;
    // A command that is sent again gets its whole time again: here that is short.
    const impatient = /^xstate\.after\.(?:undo|seal)?(\w+)\.timeout\./.exec(event.type)?.[1] ?? '';
    const timeouts = { [impatient]: 1, [impatient.charAt(0).toLowerCase() + impatient.slice(1)]: 1 };
    this.#saga = this.#build({ timeouts });
    this.#model = parseSnapshot(this.#logic.machine, JSON.stringify(toStored(this.#model as SagaSnapshot)));
    await this.#open();
  }

  async #open(): Promise<void> {
    const store = bent(
      this.#memory,
      () => this.#rings,
      () => this.#clock.now(),
    );
    // Time is this test's business: no lease lapses, nobody looks for sagas but at the start.
    const limits = { leaseTtl: 1e12, claimInterval: 1e12 };
    this.#engine = await createOrchestrator({
      store,
      transport: this.#participants,
      sagas: [this.#saga],
      clock: this.#clock,
      limits,
    });
  }

  /** What makes the event happen: an answer, time, a person. */
  async #cause(event: SagaEvent): Promise<void> {
    if ('attempt' in event) return this.#answer(event.type.split('.')[0] ?? '', toReply(event));
    if (event.type === 'park') return this.#answer(undefined, { type: 'succeeded', result: poison });
    if (event.type === 'deadline' || event.type.startsWith('xstate.after.')) return this.#pass(event.type);
    const engine = this.#engine as Orchestrator;
    const { type: action, ...fields } = event as OperatorEvent;
    await engine.act(key.id, { action, ...fields });
  }

  async #answer(name: string | undefined, reply: Reply): Promise<void> {
    const isHeld = () => this.#participants.held.some((held) => name === undefined || held.name === name);
    await until(`${name ?? 'anything'} is asked`, isHeld);
    this.#participants.answer(name ?? this.#participants.held[0]?.name ?? '', reply);
  }

  /** A restarted node finds the timer due; for one that stays, the time passes. */
  async #pass(type: string): Promise<void> {
    if (this.#isRestarted) return this.#ring();
    const due = this.#model?.timers[type] ?? Number.NaN;
    this.#clock.advance(due - this.#clock.now());
  }

  /** The timer is due; that of a command that was sent again, a moment later. */
  async #ring(): Promise<void> {
    const { version } = await this.#record();
    for (const moment of [0, 1]) {
      for (let turns = 0; turns < 4; turns += 1) await turn();
      if ((await this.#record()).version === version) this.#clock.advance(moment);
    }
  }

  async #follow(event: SagaEvent, version: number): Promise<void> {
    const [row] = await this.#memory.history(key, { after: version, limit: 2 });
    const happened = { ...(JSON.parse((row as JournalRow).data) as object), type: row?.type } as SagaEvent;
    expect(happened).toMatchObject(
      event.type === 'park' ? { type: 'park', error: { code: 'unstorable' } } : plain(event),
    );
    const record = await this.#record();
    const move = advance(this.#logic, this.#model as SagaSnapshot, happened, {
      now: row?.at ?? 0,
      deadline: record.deadlineAt ?? undefined,
    });
    this.#model = move?.snapshot;
    expect(record.version).toBe(version + 1);
    await this.#compare();
  }

  async #compare(): Promise<void> {
    const { snapshot } = await this.#record();
    const stored = JSON.parse(snapshot) as unknown;
    expect(stored).toEqual(plain(toStored(this.#model as SagaSnapshot)));
    const { state, timers } = parseSnapshot(this.#logic.machine, snapshot);
    const delayed = getNextTransitions(state)
      .map(({ eventType }) => eventType)
      .filter((type) => type.startsWith('xstate.after.'));
    expect(new Set(Object.keys(timers).filter((type) => type !== 'deadline'))).toEqual(new Set(delayed));
  }

  /** Undos went out in the reverse order of completion, and none after it had succeeded. */
  async #checkUndone(): Promise<void> {
    const { snapshot } = await this.#record();
    const { context } = parseSnapshot(this.#logic.machine, snapshot).state;
    // Of a step that was undone to be run again, only its latest run counts.
    const isLatest = ({ step, idempotencyKey }: CommandRequest) =>
      Number(idempotencyKey.split(':').at(-2)) === context.steps[step]?.generation;
    const undone = new Set(
      this.#participants.sent
        .filter(({ request }) => request.op === 'undo' && isLatest(request))
        .map(({ request }) => request.step),
    );
    const ordinals = [...undone].flatMap((step) => context.steps[step]?.ordinal ?? []);
    expect(ordinals).toEqual(ordinals.toSorted((a, b) => b - a));
    const journal = await this.#memory.history(key, { limit: 1_000 });
    const succeeded = journal
      .filter(({ type }) => /^undo\w+\.succeeded$/.test(type))
      .map(({ type, data }) => `${type} ${(JSON.parse(data) as { readonly generation: number }).generation}`);
    expect(succeeded).toEqual([...new Set(succeeded)]);
  }

  async #record(): Promise<SagaRecord> {
    return (await this.#memory.get(key)) as SagaRecord;
  }
}

/**
 * A store in which the timer that is wanted is due, whichever would come first by the clock: a path takes timers in any
 * order. It refuses the poisonous result, as a database refuses what it cannot hold.
 */
function bent(store: SagaStore, rings: () => string | undefined, now: () => number): SagaStore {
  const bend = (record: SagaRecord): SagaRecord => {
    const type = rings();
    const snapshot = JSON.parse(record.snapshot) as { readonly timers: Readonly<Record<string, number>> };
    if (type === undefined || snapshot.timers[type] === undefined) return record;
    return {
      ...record,
      snapshot: JSON.stringify({ ...snapshot, timers: { ...snapshot.timers, [type]: now() } }),
    };
  };
  return overriding(store, {
    commit: async (txId, writes) => {
      if (writes.some(({ entry }) => entry.data.includes(poison))) throw new StorageRefusedError('poison');
      return store.commit(txId, writes);
    },
    claim: async (options) => (await store.claim(options)).map(bend),
  });
}

/** The store with some of its methods replaced. */
function overriding(store: SagaStore, methods: Partial<SagaStore>): SagaStore {
  return new Proxy(store, {
    get: (target, name) => {
      const method =
        (methods as Readonly<Record<string | symbol, unknown>>)[name] ?? Reflect.get(target, name);
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

function toReply(event: SagaEvent): Reply {
  const {
    type,
    step: _step,
    op: _op,
    attempt: _attempt,
    generation: _generation,
    resent: _resent,
    ...rest
  } = event as SagaEvent & Readonly<Record<string, unknown>>;
  return { ...rest, type: type.split('.')[1] } as unknown as Reply;
}

function plain(value: unknown): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
