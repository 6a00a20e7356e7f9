import type { AnySagaDefinition } from '../../core/definition.ts';
import { SagaError } from '../../core/errors.ts';
import type { Agenda } from './agenda.ts';
import type { Chronicle } from './chronicle.ts';
import { isClosed, type StoredSnapshot } from '../../core/snapshot.ts';
import type { SagaRecord } from '../../core/store.ts';
import type { ClientCall, OperatorRequest, Violation } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { OpenNode, SimulatedCluster, SimulatedNode } from './simulated-cluster.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** What the clients need. */
export interface SimulatedClientsOptions {
  readonly agenda: Agenda;
  readonly random: SeededRandom;
  readonly chronicle: Chronicle;
  readonly cluster: SimulatedCluster;
  readonly database: SimulatedDatabase;
}

type Action = ClientCall['action'];
type Pending = { -readonly [Key in keyof ClientCall]: ClientCall[Key] };

/** How often an operator says with which key. */
const keyed = 0.3;
/** How often an operator asks twice. */
const doubleClicks = 0.4;
/** How long a client waits before it asks again; ms. */
const patience = 3_000;
/** How often operators look at parked sagas; ms. */
const lookEvery = 1_500;
/** How often they act on one saga until they give up on its step and skip it. */
const giveUpAfter = 25;

/** Those who start sagas, and those who watch over them: each request goes to any node. */
export class SimulatedClients {
  readonly #options: SimulatedClientsOptions;
  readonly #calls: Pending[] = [];
  readonly #violations: Violation[] = [];
  readonly #unstarted = new Set<string>();

  constructor(options: SimulatedClientsOptions) {
    this.#options = options;
  }

  /** What was asked, and what was answered. */
  get calls(): readonly ClientCall[] {
    return this.#calls;
  }

  /** Answers that no client may ever be given. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Whether every start was confirmed. */
  get hasStarted(): boolean {
    return this.#unstarted.size === 0;
  }

  /** A saga is going to be started: the world is not over before. */
  expectStart(sagaId: string): void {
    this.#unstarted.add(sagaId);
  }

  /** Starts a saga, however often that has to be asked. */
  start(sagaId: string, { name }: AnySagaDefinition, input: unknown): void {
    const again = () => {
      if (!this.#unstarted.has(sagaId)) return;
      this.#options.agenda.after(patience, again);
      const picked = this.#options.cluster.pick();
      if (picked === undefined) return;
      const call = this.#ask(
        'start',
        sagaId,
        picked,
        (node) => node.start(name, input, { id: sagaId }),
        () => this.#unstarted.delete(sagaId),
      );
      call.input = input;
    };
    again();
  }

  /** Asks a node, sometimes twice: operators click twice, or ask again under the same key, and several look after one saga. */
  act(request: OperatorRequest, sagaId: string): void {
    const { agenda, random, cluster } = this.#options;
    const picked = cluster.pick();
    if (picked === undefined) return;
    const actor = `operator-${this.#calls.length}`;
    const key = random.chance(keyed) ? { idempotencyKey: actor } : {};
    this.#act(request, { sagaId, actor, ...key }, picked);
    if (!random.chance(doubleClicks)) return;
    const [wait, other] = [random.between(0, 12), 'idempotencyKey' in key ? cluster.pick() : picked];
    agenda.after(wait, () => {
      const again = 'idempotencyKey' in key ? actor : `operator-${this.#calls.length}`;
      if (other !== undefined) this.#act(request, { sagaId, actor: again, ...key }, other);
    });
  }

  /** Looks after sagas from now on: parked ones are mostly tried again, paused ones resumed, and those that wait get their signal. */
  watch(): void {
    const { agenda, random, database } = this.#options;
    const look = async () => {
      const { records } = await database.truth.list({ tenant: 'default' }, { limit: 100 });
      for (const record of records.toReversed()) {
        const request = this.#wanted(record);
        if (request !== undefined && random.chance(0.7)) this.act(request, record.id);
      }
    };
    agenda.after(lookEvery, () => {
      void look();
      this.watch();
    });
  }

  #act(
    request: OperatorRequest,
    { sagaId, ...who }: { readonly sagaId: string; readonly actor: string; readonly idempotencyKey?: string },
    picked: OpenNode,
  ): void {
    const ask = (node: SimulatedNode) => node.act(sagaId, request, who);
    this.#ask(request.action, sagaId, picked, ask, undefined, who.actor);
  }

  /** What a saga needs somebody for. */
  #wanted({ id, status, snapshot }: SagaRecord): OperatorRequest | undefined {
    const { value, context } = JSON.parse(snapshot) as StoredSnapshot;
    if (isClosed(status)) return undefined;
    if (context.paused !== undefined) return { action: 'resume' };
    if (status === 'failed') return this.#decide(id);
    const name = waitIn(value);
    return name === undefined ? undefined : { action: 'signal', name, data: { of: name } };
  }

  /** Mostly to try again, sometimes to turn back; at last to go on without. */
  #decide(id: string): OperatorRequest {
    const { random } = this.#options;
    const acts = this.#calls.filter(({ sagaId, action }) => sagaId === id && action !== 'start').length;
    if (acts > giveUpAfter) return { action: 'skip' };
    if (random.chance(0.15))
      return { action: 'decide', choice: random.pick(['retry', 'skip', 'compensate'] as const) };
    if (random.chance(0.1)) return { action: 'retry', input: { changed: true } };
    return { action: random.chance(0.7) ? 'retry' : 'compensate' };
  }

  #ask(
    action: Action,
    sagaId: string,
    picked: OpenNode,
    ask: (node: SimulatedNode) => Promise<unknown>,
    onAccepted?: () => void,
    actor = 'client',
  ): Pending {
    const { chronicle } = this.#options;
    const line = chronicle.tell(actor, `asks ${picked.name} to ${action} ${sagaId}`);
    const call: Pending = { line, sagaId, action, actor, answer: 'unknown' };
    this.#calls.push(call);
    ask(picked.node).then(
      () => {
        call.answer = 'accepted';
        chronicle.tell(actor, `is told by ${picked.name}: ${action} of ${sagaId} is done`);
        onAccepted?.();
      },
      (error: unknown) => this.#refused(call, error),
    );
    return call;
  }

  #refused(call: Pending, error: unknown): void {
    const code = error instanceof SagaError ? error.code : 'unexpected';
    const { action, actor, sagaId } = call;
    this.#options.chronicle.tell(actor, `is told: ${action} of ${sagaId} is not done (${code})`);
    if (code === 'not_allowed' || code === 'not_found') call.answer = 'refused';
    const isExpected =
      action === 'start'
        ? code === 'storage_unavailable'
        : code.startsWith('not_') || code === 'storage_unavailable';
    if (!isExpected)
      this.#violations.push({
        invariant: 'I-31',
        sagaId,
        what: `${action} was answered with ${code}: ${String(error)}`,
      });
  }
}

/** The wait that a saga is in. */
function waitIn(value: StoredSnapshot['value']): string | undefined {
  const running = typeof value === 'string' ? undefined : value['running'];
  const [node, inner] = typeof running === 'object' ? (Object.entries(running)[0] ?? []) : [];
  return inner === 'waiting' ? node : undefined;
}
