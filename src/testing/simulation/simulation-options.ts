import type { AnySagaDefinition } from '../../core/definition.ts';
import type { Faults } from './faults.ts';
import type { Violation } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { CreateNode } from './simulated-cluster.ts';
import type { ServeParticipant } from './simulated-participants.ts';

/** A world to be simulated. */
export interface SimulationOptions {
  /** Decides everything that is not decided by the other options. */
  readonly seed: number;
  /** The definitions that are started; the seed decides which, and how many. */
  readonly sagas: readonly AnySagaDefinition[];
  /** Makes the inputs. Default: an empty object. */
  readonly input?: (random: SeededRandom) => unknown;
  /** Makes a node, such as `(ports) => createOrchestrator(ports)`. */
  readonly createNode: CreateNode;
  /** Serves a participant; see `test/simulation/real-world.ts` for the kit. */
  readonly serve: ServeParticipant;
  /** How many nodes there are. Default 3. */
  readonly nodes?: number;
  /** How long things go wrong; ms. Default: 4 to 14 s. */
  readonly stormMs?: number;
  /** What goes wrong; drawn from the seed when left out. */
  readonly faults?: Faults;
  /** Told of everything that happens, one line each. */
  readonly onLine?: (line: string) => void;
}

/** What became of a simulated world. */
export interface SimulationReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** A fingerprint of all that happened. */
  readonly hash: string;
  readonly figures: SimulationFigures;
}

/** How much happened in a world. */
export interface SimulationFigures {
  readonly sagas: number;
  readonly completed: number;
  readonly compensated: number;
  /** Those in which a person had to skip a step. */
  readonly overridden: number;
  readonly transitions: number;
  readonly commands: number;
  readonly kills: number;
  readonly stops: number;
  readonly events: number;
  /** Simulated; ms. */
  readonly duration: number;
}
