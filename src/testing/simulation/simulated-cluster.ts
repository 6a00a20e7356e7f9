import type { Clock, Ids } from '../../core/clock.ts';
import type { AnySagaDefinition } from '../../core/definition.ts';
import type { SagaStore } from '../../core/store.ts';
import type { Transport } from '../../core/transport.ts';
import type { Agenda } from './agenda.ts';
import type { Chronicle } from './chronicle.ts';
import type { Faults } from './faults.ts';
import type { OperatorRequest } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { SimulatedConnection, SimulatedNetwork } from './simulated-network.ts';
import { SimulatedProcess } from './simulated-process.ts';

/** What a node of the simulated world stands on; `createOrchestrator` takes it as it is. */
export interface NodePorts {
  readonly sagas: readonly AnySagaDefinition[];
  readonly store: SagaStore;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly limits: { readonly leaseTtl: number; readonly claimInterval: number };
}

/** What the world asks of a node; an orchestrator fits. */
export interface SimulatedNode {
  start(name: string, input: unknown, options: { readonly id: string }): Promise<unknown>;
  act(
    id: string,
    request: OperatorRequest,
    options: { readonly actor: string; readonly idempotencyKey?: string },
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** A node that can be asked. */
export interface OpenNode {
  readonly name: string;
  readonly node: SimulatedNode;
}

/** Makes a node and opens it. */
export type CreateNode = (ports: NodePorts) => Promise<SimulatedNode>;

/** What the nodes of a world are made of. */
export interface SimulatedClusterOptions {
  readonly agenda: Agenda;
  readonly random: SeededRandom;
  readonly chronicle: Chronicle;
  readonly database: SimulatedDatabase;
  readonly network: SimulatedNetwork;
  readonly sagas: readonly AnySagaDefinition[];
  readonly createNode: CreateNode;
  readonly size: number;
}

/** One place for a node; whoever dies there is followed by another. */
interface Slot {
  readonly name: string;
  incarnations: number;
  process: SimulatedProcess;
  connection: SimulatedConnection;
  /** `undefined`: not open yet, or not any more. */
  node: SimulatedNode | undefined;
}

const limits = { leaseTtl: 2_400, claimInterval: 300 } as const;
/** How long a node that shuts down is waited for before it is killed; ms. */
const closeTimeout = 6_000;

/** The nodes, and what befalls them. */
export class SimulatedCluster {
  readonly #options: SimulatedClusterOptions;
  readonly #slots: readonly Slot[];
  #kills = 0;
  #stops = 0;

  constructor(options: SimulatedClusterOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, (_, index) =>
      this.#slot(String.fromCodePoint(97 + index)),
    );
  }

  /** How often a node was killed, and how often one was stopped. */
  get figures(): { readonly kills: number; readonly stops: number } {
    return { kills: this.#kills, stops: this.#stops };
  }

  /** Starts every node. */
  open(): void {
    for (const slot of this.#slots) this.#boot(slot);
  }

  /** A node that is open, though it may be stopped or cut off. */
  pick(): OpenNode | undefined {
    const open = this.#slots.filter((slot) => slot.node !== undefined);
    const slot = open.length === 0 ? undefined : this.#options.random.pick(open);
    return slot?.node === undefined ? undefined : { name: slot.process.name, node: slot.node };
  }

  /** Lets misfortunes happen, each in its own rhythm, as long as `faults` says so. */
  trouble(faults: () => Faults): void {
    this.#each(
      () => faults().killEvery,
      (slot) => this.#kill(slot),
    );
    this.#each(
      () => faults().stopEvery,
      (slot) => this.#stop(slot),
    );
    this.#each(
      () => faults().closeEvery,
      (slot) => this.#close(slot),
    );
    this.#each(
      () => faults().cutEvery,
      (slot) => this.#cut(slot),
    );
    this.#each(
      () => faults().outageEvery,
      () => this.#options.database.goDown(this.#options.random.between(200, 6_000)),
    );
  }

  /** Ends what has befallen them, but for death. */
  calmDown(): void {
    this.#options.database.comeBack();
    for (const { process } of this.#slots) if (process.isStopped) process.resume();
  }

  /** Shuts every node down in good order; names those that did not manage. */
  async close(): Promise<readonly string[]> {
    const open = new Set<string>();
    for (const { process, node } of this.#slots) {
      if (node === undefined) continue;
      open.add(process.name);
      node.close().then(
        () => open.delete(process.name),
        () => {},
      );
    }
    await new Promise<void>((resolve) => void this.#options.agenda.after(closeTimeout, resolve));
    return [...open];
  }

  #slot(name: string): Slot {
    return { name, incarnations: 0, node: undefined, ...this.#incarnation(`${name}0`) };
  }

  #incarnation(name: string): Pick<Slot, 'process' | 'connection'> {
    const { agenda, random, network } = this.#options;
    const skew = Math.round(random.between(-3_600_000, 3_600_000));
    const process = new SimulatedProcess({ name, agenda, random, skew, rate: random.between(0.99, 1.01) });
    return { process, connection: network.connect(process) };
  }

  #boot(slot: Slot): void {
    const { chronicle, database, sagas, createNode, agenda } = this.#options;
    slot.incarnations += 1;
    const { process, connection } = Object.assign(
      slot,
      this.#incarnation(`${slot.name}${slot.incarnations}`),
    );
    chronicle.tell(process.name, 'boots');
    const ports = {
      sagas,
      store: database.connect(process),
      transport: connection,
      clock: process.clock,
      ids: process.ids,
      limits,
    };
    createNode(ports).then(
      (node) => {
        if (slot.process === process && process.isAlive) slot.node = node;
      },
      () => {
        if (slot.process !== process) return;
        process.kill();
        agenda.after(300, () => this.#boot(slot));
      },
    );
  }

  #each(every: () => number, befall: (slot: Slot) => void): void {
    const { agenda, random } = this.#options;
    const again = () => {
      if (every() === 0) return;
      agenda.after(every() * random.between(0.2, 1.8), () => {
        if (every() === 0) return;
        befall(random.pick(this.#slots));
        again();
      });
    };
    again();
  }

  #kill(slot: Slot): void {
    if (!slot.process.isAlive) return;
    this.#kills += 1;
    this.#options.chronicle.tell(slot.process.name, 'is killed');
    this.#bury(slot);
  }

  #bury(slot: Slot): void {
    slot.process.kill();
    slot.node = undefined;
    this.#options.agenda.after(this.#options.random.between(50, 2_000), () => this.#boot(slot));
  }

  #stop({ process }: Slot): void {
    if (!process.isAlive || process.isStopped) return;
    this.#stops += 1;
    const ms = limits.leaseTtl * this.#options.random.between(0.3, 3);
    this.#options.chronicle.tell(process.name, `is stopped for ${Math.round(ms)} ms`);
    process.stop();
    this.#options.agenda.after(ms, () => {
      if (process.isAlive) this.#options.chronicle.tell(process.name, 'goes on');
      process.resume();
    });
  }

  #close(slot: Slot): void {
    const { process, node } = slot;
    if (node === undefined) return;
    this.#options.chronicle.tell(process.name, 'shuts down');
    slot.node = undefined;
    const bury = () => {
      if (process.isAlive) this.#bury(slot);
    };
    node.close().then(bury, bury);
    this.#options.agenda.after(closeTimeout, bury);
  }

  #cut({ process, connection }: Slot): void {
    const ms = this.#options.random.between(100, 4_000);
    if (!process.isAlive || !connection.isConnected()) return;
    this.#options.chronicle.tell(process.name, `is cut off from the participants for ${Math.round(ms)} ms`);
    connection.cut(ms);
  }
}
