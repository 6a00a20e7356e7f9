import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { RetryableError, TerminalError } from '../../src/core/errors.ts';
import { isSettled } from '../../src/core/snapshot.ts';
import { commandName, stepsOf, waitsOf } from '../../src/core/steps.ts';
import type { SagaRecord } from '../../src/core/store.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import type { Handler } from '../../src/participant/operation.ts';
import { serveParticipant } from '../../src/participant/serve.ts';
import { createOrchestrator, type Orchestrator } from '../../src/runtime/orchestrator.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { turn } from '../testing/turns.ts';
import { type Effect, violationsOf } from './matrix-rules.ts';
import { faultOf, FaultyWire, type Path } from './matrix-wire.ts';
import { createMortal, type Mortal, type PointKind } from './points.ts';

/** What participants answer: by participant and operation. */
export type Services = Readonly<
  Record<string, Readonly<Record<string, (input: never, sagaId: string) => unknown>>>
>;

/** One saga on one path, whose nodes die at the given points, one after the other; the last node lives. */
export interface Case {
  readonly saga: AnySagaDefinition;
  readonly input: unknown;
  readonly services: Services;
  readonly path: Path;
  readonly crashes: readonly number[];
}

/** How a case went. */
export interface CaseEnd {
  /** The status in which it first settled; a parked saga is then retried with everything going well. */
  readonly status: string;
  /** In how many points each node came before it died or the saga settled. */
  readonly points: readonly number[];
  /** The kinds of points at which nodes died. */
  readonly deaths: readonly PointKind[];
  /** `charge#1`: what was sent, in order. */
  readonly sent: readonly string[];
  readonly violations: readonly string[];
}

const key = { tenant: 'default', id: 's1' };
const leaseTtl = 10_000;
/** No saga here takes that many turns; one that does is stuck. */
const maxTurns = 3_000;

/** Runs a case to its end. Throws when the saga never settles. */
export async function runCase(given: Case): Promise<CaseEnd> {
  const world = new CaseWorld(given);
  await serveAll(world.wire, given.services, world.effects);
  const survivor = await world.liveAndDie(given.crashes);
  const { status } = await world.row();
  if (status === 'failed') await world.unpark(survivor);
  world.wire.deliverLate();
  await turn();
  const { points, deaths, wire } = world;
  const sent = wire.sent.map(({ step, op, attempt }) => `${commandName(step, op)}#${attempt}`);
  return { status, points, deaths, sent, violations: await world.violations() };
}

/** One saga, its participants, and the nodes that drive it one after the other. */
class CaseWorld {
  readonly wire: FaultyWire;
  readonly effects: Effect[] = [];
  readonly points: number[] = [];
  readonly deaths: PointKind[] = [];
  readonly #case: Case;
  readonly #clock = new ManualClock();
  readonly #store = new MemoryStore({ clock: this.#clock });
  #isOver = false;

  constructor(given: Case) {
    this.#case = given;
    this.wire = new FaultyWire(new InProcessTransport(), given.path);
  }

  /** Lets nodes die at these points, until one of them brings the saga to its end. */
  async liveAndDie(crashes: readonly number[]): Promise<Orchestrator> {
    for (const crash of crashes) {
      const survivor = await this.#live(crash);
      if (survivor !== undefined) return survivor;
      this.#clock.advance(leaseTtl + 1);
    }
    return (await this.#live(undefined)) as Orchestrator;
  }

  /** A person sends a parked saga on when what troubled it is over. */
  async unpark(orchestrator: Orchestrator): Promise<void> {
    this.wire.path = [];
    const retried = new Set<string>();
    for (;;) {
      const { status, parked, legal } = await orchestrator.get(key.id);
      if (status !== 'failed' || parked === null) return;
      const { plan } = this.#case.saga;
      const step = stepsOf(plan).find(({ name }) => name === parked.command);
      if (waitsOf(plan).some(({ name }) => name === parked.command))
        await orchestrator.signal(key.id, { name: parked.command });
      else if (!retried.has(parked.command)) await orchestrator.retry(key.id);
      // A refusal that has to be undone (`undo: 'always'`) is repeated under its key for ever: only a person can go on then.
      else if (step?.undoAlways !== true) return;
      else await (legal.includes('compensate') ? orchestrator.compensate(key.id) : orchestrator.skip(key.id));
      retried.add(parked.command);
      await this.#atRest(orchestrator);
    }
  }

  async #atRest(orchestrator: Orchestrator): Promise<void> {
    await this.#pass(async () => (await this.#isSettled()) && orchestrator.metrics().active === 0);
  }

  /** What is wrong with the saga, its journal and its effects. */
  async violations(): Promise<readonly string[]> {
    const record = await this.row();
    const journal = await this.#store.history(key, { limit: 10_000 });
    const wrong = violationsOf({ saga: this.#case.saga, record, journal, effects: this.effects });
    return record.closedAt === null ? [...wrong, `it is ${record.status} for good`] : wrong;
  }

  async row(): Promise<SagaRecord> {
    const record = await this.#store.get(key);
    if (record === undefined) throw new Error('the saga is lost');
    return record;
  }

  /** Lets one node drive the saga, which a client starts there, be it again. `undefined`: the node died. */
  async #live(crash: number | undefined): Promise<Orchestrator | undefined> {
    const mortal = createMortal({
      diesAt: ({ kind, index }) => !this.#isOver && index === crash && this.deaths.push(kind) > 0,
    });
    let orchestrator: Orchestrator | undefined;
    let failure: Error | undefined;
    this.#start(mortal, (opened) => (orchestrator = opened)).catch((error: unknown) => {
      failure = error as Error;
    });
    await this.#pass(async () => {
      if (failure !== undefined) throw failure;
      this.#isOver = orchestrator?.metrics().active === 0 && (await this.#isSettled());
      return this.#isOver || mortal.isDead;
    });
    this.points.push(mortal.reached);
    return mortal.isDead ? undefined : orchestrator;
  }

  async #start(mortal: Mortal, onOpen: (opened: Orchestrator) => void): Promise<void> {
    const { saga, input } = this.#case;
    const opened = await createOrchestrator({
      store: mortal.store(this.#store),
      transport: mortal.transport(this.wire),
      clock: mortal.clock(this.#clock),
      ids: nextIds(this.points.length),
      sagas: [saga],
      limits: { leaseTtl, claimInterval: 1_000 },
    });
    onOpen(opened);
    await opened.start(saga.name, input, { id: key.id });
  }

  /** Lets time pass from one timer to the next. */
  async #pass(until: () => Promise<boolean>): Promise<void> {
    for (let turns = 0; turns < maxTurns; turns += 1) {
      await turn();
      if (await until()) return;
      this.#clock.advance(Math.max(1, (this.#clock.nextAt ?? 0) - this.#clock.now()));
    }
    throw new Error(`the saga never settles: it is ${(await this.#store.get(key))?.snapshot ?? 'nowhere'}`);
  }

  async #isSettled(): Promise<boolean> {
    const record = await this.#store.get(key);
    return record !== undefined && isSettled(record.status);
  }
}

function nextIds(node: number) {
  let drawn = 0;
  return { next: () => `n${node}-${(drawn += 1)}` };
}

/** Participants of the kit. What a handler returns has happened: nothing after it can roll it back. */
async function serveAll(wire: FaultyWire, services: Services, effects: Effect[]): Promise<void> {
  for (const [name, operations] of Object.entries(services)) {
    const handlers = Object.entries(operations).map(([operation, act]) => {
      const handler: Handler<unknown> = ({ input, saga: { id, step, op, attempt, idempotencyKey } }) => {
        const fault = faultOf(wire.path, commandName(step, op), attempt);
        if (fault === 'refused') throw new TerminalError('it will not', { reason: 'refused' });
        if (fault === 'failed') throw new RetryableError('it cannot now', { reason: 'failed' });
        const reply = act(input as never, id);
        effects.push({ step, op, generation: Number(idempotencyKey.split(':').at(-2)) });
        return reply;
      };
      return [operation, handler] as const;
    });
    await serveParticipant(wire, {
      name,
      barrier: new MemoryBarrier(),
      operations: Object.fromEntries(handlers),
      now: () => 0,
    });
  }
}
