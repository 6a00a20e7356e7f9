import type { AnySagaDefinition } from '../../src/core/definition.ts';
import type { SagaRecord, SagaStore } from '../../src/core/store.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createOrchestrator, type Orchestrator } from '../../src/runtime/orchestrator.ts';
import type { OrchestratorOptions } from '../../src/runtime/orchestrator-options.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { turn, until } from '../testing/turns.ts';

/** An engine on a memory store, in a time that stands still until the test lets it pass. */
export interface Engine {
  readonly clock: ManualClock;
  readonly store: SagaStore;
  readonly participants: ScriptedParticipants;
  readonly orchestrator: Orchestrator;
  /** Lets `ms` pass, and everything that comes of it. */
  readonly pass: (ms: number) => Promise<void>;
  /** The row of a saga of the default tenant. */
  readonly row: (id: string) => Promise<SagaRecord>;
  /** Waits until a saga's state reads so. */
  readonly reaches: (id: string, state: string) => Promise<void>;
  /** Names of all commands sent so far. */
  readonly sent: () => readonly string[];
}

/** What an engine is made of; what is left out is made anew. */
export interface EngineOptions extends Partial<OrchestratorOptions> {
  readonly sagas: readonly AnySagaDefinition[];
  readonly participants?: ScriptedParticipants;
  readonly clock?: ManualClock;
}

/** Makes an engine. Two of them on one store and one clock are two nodes. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const {
    participants = new ScriptedParticipants({ others: 'held' }),
    clock = new ManualClock(),
    ...rest
  } = options;
  const store = rest.store ?? new MemoryStore({ clock });
  const orchestrator = await createOrchestrator({ transport: participants, ...rest, store, clock });
  const row = async (id: string) => (await store.get({ tenant: 'default', id })) as SagaRecord;
  return {
    clock,
    store,
    participants,
    orchestrator,
    row,
    async pass(ms) {
      // Step by step: what a step sets off, such as the renewal of a lease, must come to its end before the next one.
      const step = Math.max(100, ms / 200);
      for (let passed = 0; passed < Math.max(1, ms); passed += step) {
        clock.advance(Math.min(step, ms - passed));
        for (let turns = 0; turns < 5; turns += 1) await turn();
      }
    },
    async reaches(id, state) {
      let now = 'nothing';
      const isThere = async () => {
        const saga = await orchestrator.get(id);
        now = saga.state;
        return now === state;
      };
      await until(`saga '${id}' to be in ${state}`, isThere).catch((error: unknown) => {
        throw new Error(`it is in ${now}`, { cause: error });
      });
    },
    sent: () => participants.sent.map(({ name }) => name),
  };
}
