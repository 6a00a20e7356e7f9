import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { RetryableError, TerminalError, toFailure } from '../../src/core/errors.ts';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { proof } from '../../src/proof/proof.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { simulate } from '../../src/testing/simulation/simulate.ts';
import type {
  ServeParticipant,
  SimulatedParticipant,
} from '../../src/testing/simulation/simulated-participants.ts';
import { serve } from '../simulation/real-world.ts';
import { sagaPool } from '../simulation/saga-pool.ts';
import { simulatedSaga } from './simulated-saga.ts';

/** What the simulation finds wrong with a saga in a world of faults. */
async function violationsOf(saga: AnySagaDefinition, seed: number, served: ServeParticipant) {
  const { violations } = await simulate({
    seed,
    sagas: [saga],
    createNode: createOrchestrator,
    serve: served,
  });
  return violations.map(({ invariant, what }) => `${invariant}: ${what}`);
}

describe(
  'what the proof says of a random saga is what the simulated engine does',
  { timeout: 120_000 },
  () => {
    test('a saga that is called sound violates nothing, whatever goes wrong', async () => {
      await fc.assert(
        fc.asyncProperty(
          simulatedSaga({ isStray: false }),
          fc.integer({ min: 1, max: 1e6 }),
          async (saga, seed) => {
            expect(proof(saga)).toMatchObject({ isSound: true, isComplete: true });
            expect(await violationsOf(saga, seed, serve)).toEqual([]);
          },
        ),
        { numRuns: 5, seed: 11 },
      );
    });

    test.each(sagaPool.slice(0, 5).map((saga) => [saga.name, saga] as const))(
      'a saga with waits, guards, groups, deadlines or people to ask is called sound, and violates nothing: %s',
      async (_name, saga) => {
        const { counterexamples, unexplored } = proof(saga);
        expect([...counterexamples.map(({ what }) => what), ...unexplored]).toEqual([]);
        for (const seed of [3, 33]) expect(await violationsOf(saga, seed, serve)).toEqual([]);
      },
    );

    test('a saga that is called unsound, for its participants have no barrier, is seen to violate something', async () => {
      await fc.assert(
        fc.asyncProperty(simulatedSaga({ isStray: false }), async (saga) => {
          const report = proof(saga, { participants: { shop: 'plain' } });
          expect(report.isSound).toBe(false);
          expect(await firstViolation(saga, servePlainly)).toMatch(/^I-(?:1|2|3|4|6|11):/);
        }),
        { numRuns: 4, seed: 7 },
      );
    });

    test('a saga that is called unsound, for another participant undoes it, is seen to leave effects behind', async () => {
      await fc.assert(
        fc.asyncProperty(simulatedSaga({ isStray: true }), async (saga) => {
          const [worst] = proof(saga).counterexamples;
          expect(worst?.property).toBe('nothingLeft');
          expect(await firstViolation(saga, serve)).toMatch(/^I-(?:2|3|5|6|7):/);
        }),
        { numRuns: 4, seed: 7 },
      );
    });
  },
);

/** Worlds with one seed after the other, until one shows it. */
async function firstViolation(saga: AnySagaDefinition, served: ServeParticipant): Promise<string> {
  for (let seed = 1; seed <= 60; seed += 1) {
    const [first] = await violationsOf(saga, seed, served);
    if (first !== undefined) return first;
  }
  return 'none in 60 worlds';
}

/** A participant that does what it is told each time, as one without the kit would. */
const servePlainly: ServeParticipant = (transport, participant) =>
  transport.serve({
    participant: participant.name,
    version: '0.0.0',
    description: '',
    operations: Object.keys(participant.operations),
    handle: (request) => answer(participant, request),
  });

async function answer({ operations }: SimulatedParticipant, request: CommandRequest): Promise<Reply> {
  const { sagaId, step, op, attempt, idempotencyKey, operation } = request;
  try {
    const result = await operations[operation]?.({
      saga: { id: sagaId, step, op, attempt, idempotencyKey },
    });
    if (result !== undefined && 'inProgress' in result)
      return { type: 'inProgress', retryAfter: result.inProgress };
    return { type: 'succeeded', result: result?.reply };
  } catch (error) {
    if (error instanceof TerminalError) return { type: 'refused', error: toFailure(error) };
    if (error instanceof RetryableError) return { type: 'failed', error: toFailure(error) };
    throw error;
  }
}
