import { expect, test } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { replayed } from '../../src/core/replayed.ts';
import { stateText } from '../../src/core/snapshot.ts';
import type { SagaLogic } from '../../src/core/transition.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { toHappenings, toTest } from '../../src/proof/to-test.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { ModelCoverage, toCoverageText } from '../../src/testing/coverage.ts';
import { given, type When } from '../../src/testing/given.ts';
import { ScriptedParticipants, type Script } from '../../src/testing/scripted-participants.ts';
import { shop } from '../proof/sagas.ts';
import { quick } from '../proof/quick-shop.ts';

const refusal = { type: 'refused', error: { code: 'no', message: 'no' } } as const;

/** The journal of a saga that ran on the real engine. */
async function ran(script: Script) {
  const store = new MemoryStore({ clock: systemClock });
  const node = await createOrchestrator({
    store,
    transport: new ScriptedParticipants({ script }),
    sagas: [quick],
  });
  await node.start('quick', { of: 'a customer' }, { id: 'a' });
  const { status } = await node.settled('a', { timeout: 10_000 });
  const rows = await node.history('a');
  await node.close();
  return { status, rows };
}

test('the transitions that tests take are counted', () => {
  const coverage = new ModelCoverage(shop);
  given(shop, { coverage }).then();
  const { total, covered, taken, states } = coverage.report;
  expect(covered).toBeLessThan(total);
  expect(taken['running.charge.executing: charge.succeeded → running.ship']).toBe(1);
  expect(states['running.charge.executing']).toBe(1);
  given(shop, { coverage }).when('charge.refused').then();
  given(shop, { coverage }).then();
  const more = coverage.report;
  expect(more.covered).toBeGreaterThan(covered);
  expect(more.taken['running.charge.executing: charge.succeeded → running.ship']).toBe(2);
  expect(more.uncovered).not.toContain('running.charge.executing: charge.refused → compensating.reserve');
  const text = toCoverageText(more, 3);
  expect(text[0]).toMatch(/^shop@1: \d+ of \d+ transitions taken \(\d+ %\)$/);
  expect(text).toHaveLength(5);
});

test('so are those that production takes', async () => {
  const coverage = new ModelCoverage(quick);
  const { rows } = await ran({ charge: [refusal] });
  coverage.add(rows);
  expect(
    coverage.report.taken['compensating.reserve.executing: undoReserve.succeeded → compensating.undone'],
  ).toBe(1);
  expect(coverage.report.states['compensated']).toBe(1);
});

test.each<[string, Script]>([
  ['completed', {}],
  ['compensated', { charge: [refusal] }],
  ['compensated', { charge: ['silence', 'silence'] }],
  ['failed', { ship: [refusal] }],
  [
    'completed',
    {
      charge: [
        { type: 'lost', retryable: true, error: refusal.error },
        { type: 'succeeded', result: { paid: 5 } },
      ],
    },
  ],
  ['compensated', { charge: [{ type: 'lost', retryable: false, error: refusal.error }] }],
])('a run that ended %s is a test that goes the same way: %j', async (status, script) => {
  const run = await ran(script);
  expect(run.status).toBe(status);
  const happened = toHappenings(run.rows).map(({ happening, ...brings }) => ({
    happening,
    ...brings,
  }));
  const { journal } = given(quick, { input: { of: 'a customer' } })
    .when(...(happened as readonly { happening: string }[]))
    .then({ status: run.status, state: run.rows.at(-1)?.state ?? '' });
  expect(journal.map(({ type, state }) => [type, state])).toEqual(
    run.rows.map(({ type, state }) => [type, state]),
  );
  // As a text, it names what a reader of the test needs.
  const text = toTest(quick.plan, run.rows, { sagaId: 'a' });
  expect(text).toContain('import { quick } from "./sagas.js"');
  expect(text).toContain('{"input":{"of":"a customer"}}');
  expect(text).toContain(`"status":"${status}"`);
});

test('the journal of given is one that the machine gives again', () => {
  const { journal, state } = given(shop).when('charge.timeout', 'cancel').then();
  const logic = { plan: shop.plan, machine: shop.machine as unknown as SagaLogic['machine'] };
  const moves = [...replayed(logic, { id: 'saga', deadlineAt: null }, journal)];
  expect(stateText(moves.at(-1)?.move.snapshot as never)).toBe(state);
});

test.each<[string, readonly When[]]>([
  ['a refusal after a takeover proves nothing', [{ happening: 'charge.refused', resent: true }]],
  ['a signal brings what a guard looks at', [{ happening: 'signal approval', data: { ships: false } }]],
  ['a person gives another input', ['ship.refused', { happening: 'retry', input: { to: 'elsewhere' } }]],
  ['a pause comes before anything was sent', [{ happening: 'pause', unsent: ['charge'] }, 'cancel']],
  ['a participant says when to ask again', [{ happening: 'charge.inProgress', retryAfter: 7_000 }]],
])('a copied test brings what the run brought: %s', (_what, happenings) => {
  const asking = defineSaga('asking', { defaults: { retry: { maximumAttempts: 2 } } })
    .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
    .waitFor('approval', { timeout: '1d', onTimeout: 'continue' })
    .step('ship', {
      kind: 'retriable',
      action: 'shipping.create',
      when: ({ results }) => (results.approval as { readonly ships?: boolean } | undefined)?.ships !== false,
    });
  const before = given(asking)
    .when(...happenings)
    .then();
  const copied = given(asking)
    .when(...toHappenings(before.journal))
    .then({ status: before.status, asked: before.asked, results: before.results, duration: before.duration });
  expect(copied.journal).toEqual(before.journal);
  expect(copied.context).toEqual(before.context);
});
