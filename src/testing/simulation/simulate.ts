import type { AnySagaDefinition } from '../../core/definition.ts';
import { isClosed } from '../../core/snapshot.ts';
import { waitsOf } from '../../core/steps.ts';
import { Agenda } from './agenda.ts';
import { Chronicle } from './chronicle.ts';
import { calm, drawFaults, type Faults } from './faults.ts';
import type { History, OperatorRequest, Violation } from './history.ts';
import { HookWatch } from './hook-watch.ts';
import { judge } from './judge.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedClients } from './simulated-clients.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { SimulatedDatabase } from './simulated-database.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedParticipants } from './simulated-participants.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { SimulationOptions, SimulationReport } from './simulation-options.ts';

/** How long after the storm all sagas have to be closed; ms. */
const bound = 300_000;
/** How many events pass between two looks at whether all is done. */
const lookAfter = 40;

/**
 * Runs sagas on several nodes through a storm of faults, lets them end, and judges what happened. Nothing in it is
 * real but the code under test: same seed, same code, same run.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  return new World(options).run();
}

class World {
  readonly #options: SimulationOptions;
  readonly #random: SeededRandom;
  readonly #agenda: Agenda;
  readonly #chronicle: Chronicle;
  readonly #began: number;
  readonly #database: SimulatedDatabase;
  readonly #network: SimulatedNetwork;
  readonly #participants: SimulatedParticipants;
  readonly #cluster: SimulatedCluster;
  readonly #clients: SimulatedClients;
  readonly #sagas: readonly AnySagaDefinition[];
  readonly #hooks: HookWatch;
  readonly #violations: Violation[] = [];
  #faults: Faults;
  #events = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const random = (this.#random = new SeededRandom(options.seed));
    const agenda = (this.#agenda = new Agenda({ random: random.fork('ties') }));
    this.#began = agenda.now;
    this.#faults = options.faults ?? drawFaults(random.fork('faults'));
    const chronicle = (this.#chronicle = new Chronicle({
      time: () => agenda.now - this.#began,
      onLine: options.onLine,
    }));
    const faults = () => this.#faults;
    const database = (this.#database = new SimulatedDatabase({
      agenda,
      chronicle,
      faults,
      random: random.fork('database'),
    }));
    const network = (this.#network = new SimulatedNetwork({
      agenda,
      chronicle,
      faults,
      random: random.fork('network'),
    }));
    this.#participants = new SimulatedParticipants({
      agenda,
      chronicle,
      faults,
      random: random.fork('participants'),
    });
    this.#hooks = new HookWatch({ chronicle, faults, random: random.fork('hooks') });
    this.#sagas = this.#drawSagas();
    const { createNode, nodes: size = 3 } = options;
    const cluster = (this.#cluster = new SimulatedCluster({
      agenda,
      chronicle,
      database,
      network,
      sagas: this.#sagas,
      createNode,
      size,
      random: random.fork('nodes'),
    }));
    this.#clients = new SimulatedClients({
      agenda,
      chronicle,
      cluster,
      database,
      random: random.fork('clients'),
    });
  }

  async run(): Promise<SimulationReport> {
    // From here on `settled` is only asked from promise jobs, as it must be.
    await Promise.resolve();
    await this.#open();
    await this.#live();
    await this.#deliverLeftovers();
    await this.#close();
    return this.#report();
  }

  /** The storm, and the time after it, until every saga is closed. */
  async #live(): Promise<void> {
    const { stormMs = this.#random.between(4_000, 14_000) } = this.#options;
    this.#agenda.after(stormMs, () => this.#calmDown());
    const end = this.#began + stormMs + bound;
    while (this.#agenda.now < end) {
      if (!(await this.#step(this.#agenda.next()))) break;
      if (this.#events % lookAfter === 0 && (await this.#isOver())) break;
    }
    this.#calmDown();
  }

  async #open(): Promise<void> {
    const outside = new SimulatedProcess({
      name: 'participants',
      agenda: this.#agenda,
      random: this.#random.fork('outside'),
    });
    for (const participant of this.#participants.of(this.#sagas))
      await this.#options.serve(this.#network.connect(outside), participant);
    this.#cluster.open();
    this.#cluster.trouble(() => this.#faults);
    this.#clients.watch();
    this.#drawWork();
  }

  #drawSagas(): readonly AnySagaDefinition[] {
    const random = this.#random.fork('sagas');
    const drawn = new Set(Array.from({ length: 3 }, () => random.pick(this.#options.sagas)));
    return [...drawn].map((definition) => this.#hooks.watched(definition));
  }

  /** The sagas, and what operators are going to do to them. */
  #drawWork(): void {
    const random = this.#random.fork('work');
    const { input = () => ({}) } = this.#options;
    const count = random.integer(4, 6);
    for (let index = 1; index <= count; index += 1) {
      const [id, definition, given, at] = [
        `s${index}`,
        random.pick(this.#sagas),
        input(random),
        random.between(0, 3_000),
      ];
      this.#clients.expectStart(id);
      this.#agenda.after(at, () => this.#clients.start(id, definition, given));
      for (const [share, request] of requestsFor(definition, random)) {
        if (random.chance(share))
          this.#agenda.after(at + random.between(0, random.pick([200, 2_000, 8_000])), () =>
            this.#clients.act(request, id),
          );
      }
    }
  }

  #calmDown(): void {
    if (this.#faults === calm) return;
    this.#faults = calm;
    this.#chronicle.tell('world', 'faults end');
    this.#cluster.calmDown();
  }

  async #step(happen: (() => void) | undefined): Promise<boolean> {
    if (happen === undefined) return false;
    this.#events += 1;
    try {
      happen();
    } catch (error) {
      this.#violations.push({
        invariant: 'I-39',
        what: `nobody caught ${error instanceof Error ? error.stack : String(error)}`,
      });
    }
    await settled();
    return true;
  }

  async #isOver(): Promise<boolean> {
    return (
      this.#clients.hasStarted &&
      (await this.#rows()).every(({ status, hooks }) => isClosed(status) && hooks === null)
    );
  }

  async #rows() {
    return (await this.#database.truth.list({ tenant: 'default' }, { limit: 1_000 })).records;
  }

  /** Whatever is still on its way arrives now, however late. */
  async #deliverLeftovers(): Promise<void> {
    while (await this.#step(this.#agenda.nextMessage()));
  }

  async #close(): Promise<void> {
    let stuck: readonly string[] | undefined;
    void this.#cluster.close().then((names) => {
      stuck = names;
    });
    while (stuck === undefined) await this.#step(this.#agenda.next());
    for (const name of stuck)
      this.#violations.push({ invariant: 'I-39', what: `node ${name} did not shut down` });
  }

  async #report(): Promise<SimulationReport> {
    const history = await this.#history();
    const { moves, sent, rows } = history;
    const count = (status: string) => rows.filter((row) => row.status === status).length;
    const figures = {
      sagas: rows.length,
      completed: count('completed'),
      compensated: count('compensated'),
      overridden: new Set(
        history.calls
          .filter(({ action, answer }) => action === 'skip' && answer === 'accepted')
          .map(({ sagaId }) => sagaId),
      ).size,
      transitions: moves.length,
      commands: sent.length,
      ...this.#cluster.figures,
      events: this.#events,
      duration: this.#agenda.now - this.#began,
    };
    return { seed: this.#options.seed, violations: judge(history), hash: this.#chronicle.hash, figures };
  }

  async #history(): Promise<History> {
    const rows = await this.#rows();
    const { truth, moves, takeovers } = this.#database;
    const journals = await Promise.all(
      rows.map(async (row) => [row.id, await truth.history(row, { limit: 100_000 })] as const),
    );
    return {
      definitions: this.#sagas,
      moves,
      takeovers,
      ledger: this.#participants.ledger,
      sent: this.#network.sent,
      received: this.#network.received,
      calls: this.#clients.calls,
      hooks: this.#hooks.runs,
      found: [...this.#violations, ...this.#database.violations, ...this.#clients.violations],
      rows,
      journals: new Map(journals),
    };
  }
}

/**
 * Resolves once everything that waits for no event is done: Node runs ticks when no promise job is left. To be asked
 * from a promise job.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** What people may want of a saga on its way, and how often. */
function requestsFor(
  { plan }: AnySagaDefinition,
  random: SeededRandom,
): readonly (readonly [number, OperatorRequest])[] {
  const to = random.pick(plan.nodes).name;
  const signals = waitsOf(plan).map(
    ({ name }) => [0.6, { action: 'signal', name, data: { of: name } }] as const,
  );
  return [
    [0.3, { action: 'cancel' }],
    [0.1, { action: 'compensate' }],
    [0.3, { action: 'retry' }],
    [0.15, { action: 'retry', input: { changed: true } }],
    [0.2, { action: 'compensate', to }],
    [0.2, { action: 'pause' }],
    [0.1, { action: 'pause' }],
    ...signals,
  ];
}
