import { describe, expect, test } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { stateText } from '../../src/core/snapshot.ts';
import type { SagaPlan } from '../../src/core/steps.ts';
import { explore } from '../../src/proof/explore.ts';
import { findingsIn } from '../../src/proof/findings.ts';
import { foldedPlan, GuardOracle } from '../../src/proof/folded-plan.ts';
import { MachineWalk } from '../../src/proof/machine-walk.ts';
import { allNow } from '../../src/proof/piecewise.ts';
import { storyLines } from '../../src/proof/report-text.ts';
import { proof, type ProofOptions, type ProofReport } from '../../src/proof/proof.ts';
import { SagaModel } from '../../src/proof/saga-model.ts';
import { sagaReading } from '../../src/proof/saga-reading.ts';
import { given } from '../../src/testing/given.ts';
import { shop } from './sagas.ts';

/** Which properties break, and the shortest way to see each. */
function breaches(saga: { readonly plan: SagaPlan }, options?: ProofOptions): readonly string[] {
  return proof(saga, options).counterexamples.map(
    ({ property, what, lines }) => `${property}: ${what} (${lines.map(({ name }) => name).join(', ')})`,
  );
}

describe('a saga that breaks a property is caught, with the shortest way to see it', () => {
  test('an effect is left behind, where the action of a participant without a barrier arrives after its undo', () => {
    expect(breaches(shop, { participants: { payment: 'idempotent' } })).toContain(
      'nothingLeft: the effect of charge is left behind (reserve.succeeded, charge.late, cancel, undoCharge.succeeded, undoReserve.succeeded, charge.arrives)',
    );
  });

  test('an effect is left behind, where the undo is asked of another participant, whose barrier knows nothing of it', () => {
    const stray = defineSaga('stray')
      .step('book', { action: 'hotel.book', compensation: 'office.cancel' })
      .step('pay', { action: 'bank.pay', compensation: 'bank.refund' });
    expect(breaches(stray)[0]).toBe(
      'nothingLeft: the effect of book is left behind (book.unreadable, undoBook.succeeded)',
    );
  });

  test('an action takes effect twice, where it is retried at a participant that does it each time', () => {
    expect(breaches(shop, { participants: { payment: 'plain' } })).toContain(
      'onceEach: charge takes effect twice (reserve.succeeded, charge.answerLost, charge.backoff, charge.succeeded)',
    );
  });

  test('an undo without anything to undo, where a plain participant is asked to undo what may never have been', () => {
    expect(breaches(shop, { participants: { inventory: 'plain' } })[0]).toBe(
      'onceEach: reserve is undone without having been done, or twice (reserve.failed, cancel, undoReserve.succeeded)',
    );
  });

  test('a saga that completed does not stand, where a seal is taken for the action itself', () => {
    const trade = defineSaga('trade').step('pay', { kind: 'pivot', action: 'bank.pay' });
    expect(breaches(trade, { participants: { bank: 'plain' } })).toContain(
      'allDone: the effect of pay does not stand (pay.unreadable, sealPay.succeeded)',
    );
  });

  test('the order of undos, where an action arrives at a participant that forgot, after its undo and before that of the step before', () => {
    const two = defineSaga('two')
      .step('a', { action: 'shop.a', compensation: 'shop.unA' })
      .step('b', { action: 'shop.b', compensation: 'shop.unB' });
    const { properties } = proof(two, { participants: { shop: 'idempotent' } });
    const broken = properties.flatMap(({ property, holds }) => (holds ? [] : [property]));
    expect(broken).toEqual(['nothingLeft', 'reverseOrder']);
  });

  test('a wait without a timeout', () => {
    const slow = defineSaga('slow')
      .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
      .waitFor('approval');
    expect(breaches(slow)).toEqual([
      'timeouts: nothing ends the wait in running.approval.waiting but an answer (reserve.succeeded)',
    ]);
    const patient = defineSaga('patient', { timeout: '1h' })
      .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
      .waitFor('approval');
    expect(breaches(patient)).toEqual([]);
  });

  test('steps that can fail behind the pivot: the definition refuses them, and the proof would, too', () => {
    const late = defineSaga('late')
      .step('pay', { kind: 'pivot', action: 'bank.pay' })
      .step('ship', { action: 'shipping.create', compensation: 'shipping.cancel' });
    expect(() => late.machine).toThrow('it must be retriable');
    // The machine generated from it parks instead: what must not happen cannot be written.
    expect(proof(late).properties.find(({ property }) => property === 'noWayBack')?.holds).toBe(true);
  });
});

describe('a sound saga', () => {
  test('holds every property, and its participants’ needs are named', () => {
    const report = proof(shop);
    expect(report).toMatchObject({ isSound: true, isComplete: true, counterexamples: [], unexplored: [] });
    expect(report.properties.filter(({ holds }) => !holds)).toEqual([]);
    expect(report.needs.map(({ participant, guarantee }) => `${participant} ${guarantee}`)).toEqual([
      'inventory barrier',
      'payment barrier',
      'shipping idempotent',
    ]);
    const [need] = report.needs;
    expect(need?.because.map(({ text }) => text)).toEqual([
      'inventory is asked to undo reserve, which never ran',
      'inventory is asked for reserve again after it took effect',
      'inventory may get the command for reserve after it was undone or sealed',
    ]);
    expect(storyLines(need?.because[0]?.story as never)).toEqual([
      '1. inventory.reserve fails without an effect, and may be asked again.',
      '2. A person says: cancel.',
      '3. inventory.release undoes reserve, and answers.',
    ]);
  });

  test.each(['timeout', 'backoff', 'poll'])('is sound under the name of a timer, too: %s', (name) => {
    const named = (text: string) =>
      proof(
        defineSaga(text)
          .step('charge', { action: 'bank.charge', compensation: 'bank.refund' })
          .step('ship', { kind: 'pivot', action: 'store.ship' }),
      );
    const { isSound, explored } = named(name);
    expect({ isSound, explored }).toEqual({ isSound: true, explored: named('plain').explored });
  });

  test('is plain JSON', () => {
    const report = proof(shop, { participants: { payment: 'plain' } });
    expect(JSON.parse(JSON.stringify(report))).toEqual(JSON.parse(JSON.stringify(report)) as ProofReport);
    expect(structuredClone(report)).toEqual(report);
  });

  test('says where a missing compensation does harm, and where it cannot', () => {
    const mails = defineSaga('mails')
      .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
      .step('tell', { action: 'mail.send', compensation: { none: 'a mail cannot be called back' } })
      .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
      .step('thank', { action: 'mail.send', compensation: { none: 'nobody minds thanks' } });
    const found = proof(mails).missingCompensations;
    expect(found).toEqual([
      { step: 'tell', why: 'a mail cannot be called back', isSafe: false },
      { step: 'thank', why: 'nobody minds thanks', isSafe: true },
    ]);
  });

  test('has a rollback plan, found by letting the machine go back', () => {
    expect(proof(shop).rollback.map(({ text }) => text)).toEqual([
      'If reserve is refused: nothing has to be undone.',
      'If it stays unclear whether reserve was done: inventory.release undoes reserve.',
      'If charge is refused: inventory.release undoes reserve.',
      'If it stays unclear whether charge was done: payment.refund undoes charge, then inventory.release undoes reserve.',
      'If ship is refused: the saga waits for a person.',
      'If it stays unclear whether ship was done: the saga waits for a person.',
    ]);
  });
});

describe('an exploration', () => {
  test('of twenty steps comes to its end', () => {
    const steps = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const long = steps.reduce<ReturnType<typeof defineSaga>>(
      (saga, name) => saga.step(name as never, { action: `p.${name}`, compensation: `p.un${name}` }) as never,
      defineSaga('long', { timeout: '1h' }) as never,
    );
    expect(proof(long)).toMatchObject({ isSound: true, isComplete: true });
  });

  test('that hits its limit says what was left out, and never that the saga is proven', () => {
    const report = proof(shop, { limit: 40 });
    expect(report.isComplete).toBe(false);
    expect(report.unexplored[0]).toMatch(
      /the limit of 40 states was hit\. Everything within \d+ happenings of the start (.*) was explored; what follows \d+ of \d+ states was not/,
    );
    expect(report.properties.find(({ property }) => property === 'reachable')?.holds).toBe(true);
  });

  test('of a large group looks at two members at a time, and says so', () => {
    const trip = defineSaga('trip').parallel('book', (group) =>
      group
        .step('car', { action: 'car.book', compensation: 'car.cancel' })
        .step('hotel', { action: 'hotel.book', compensation: 'hotel.cancel', onFailure: 'ask' })
        .step('plane', { action: 'plane.book', compensation: 'plane.cancel' }),
    );
    const report = proof(trip);
    expect(report).toMatchObject({ isSound: true, isComplete: true });
    expect(report.assumptions).toContain(
      'Members of a group share nothing: of book two members at a time do what they like, the others succeed.',
    );
    expect(report.explored.map(({ about }) => about)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('of the large groups car and hotel'),
        expect.stringContaining('of the large groups hotel and plane'),
      ]),
    );
  });
});

describe('what a proof must not take for a defect, nor leave out', () => {
  const alike = ['car', 'hotel', 'plane', 'train'].reduce<ReturnType<typeof defineSaga>>(
    (group, name) =>
      group.step(name as never, { action: `${name}.book`, compensation: `${name}.cancel` } as never) as never,
    defineSaga('alike') as never,
  );
  const trip = defineSaga('trip').parallel('book', () => alike as never);

  test('members of a large group that are all alike: each has a turn, and each participant’s needs are named', () => {
    const report = proof(trip);
    expect(report).toMatchObject({ isSound: true, isComplete: true, counterexamples: [] });
    expect(report.needs.map(({ participant }) => participant).toSorted()).toEqual([
      'car',
      'hotel',
      'plane',
      'train',
    ]);
  });

  test('the last of them without a barrier', () => {
    const [first] = proof(trip, { participants: { train: 'plain' } }).counterexamples;
    expect(first?.what).toContain('train');
  });

  test('a person who pauses it before a command that was decided upon is sent', () => {
    // What was not sent has no effect: were it taken for one that may still arrive, nobody would undo it.
    expect(proof(shop)).toMatchObject({ isSound: true, isComplete: true });
    const held = given(shop)
      .when('reserve.succeeded', 'pause unsent', 'cancel', 'resume')
      .then({ status: 'compensated', undone: ['reserve'] });
    expect(held.asked).toEqual(['reserve', 'charge', 'undoReserve']);
  });

  test('what people may decide where a step asks, for whatever it parked', () => {
    const asking = defineSaga('asking', { defaults: { retry: { maximumAttempts: 2 } } })
      .step('pay', { kind: 'pivot', action: 'bank.pay' })
      .step('send', { kind: 'retriable', action: 'mail.send', onFailure: 'ask' });
    const exhausted = new SagaModel({
      plan: asking.plan,
      participants: {},
      quiet: new Set(),
      pauses: false,
      rewinds: false,
      isBrief: false,
    });
    const parked = allNow(explore(exhausted, 100_000)).places.filter(
      ({ state }) => stateText(state.machine.snapshot) === 'failed.send',
    );
    const mayDecide = parked.map(({ onward }) =>
      onward.some(({ happening }) => happening.name === 'decide skip'),
    );
    expect(new Set(mayDecide)).toEqual(new Set([true, false]));
    for (const { state, onward } of parked)
      expect(onward.some(({ happening }) => happening.name === 'decide skip')).toBe(
        state.machine.snapshot.state.context.parked?.why === 'refused',
      );
  });

  test('a wait that only a deadline ends: who sends the saga forward after it is told', () => {
    const patient = defineSaga('patient', { timeout: '1h' })
      .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
      .waitFor('approval');
    expect(proof(patient).assumptions.join('\n')).toContain('waits for approval as long as it takes');
  });

  test('a rollback plan goes past waits, whether they have a timeout, a deadline, or neither', () => {
    for (const timeout of [undefined, '1d'] as const) {
      const waiting = defineSaga('waiting', { timeout: '7d' })
        .step('pay', { action: 'bank.pay', compensation: 'bank.refund' })
        .waitFor('passport', timeout === undefined ? {} : { timeout })
        .step('ticket', { kind: 'retriable', action: 'airline.issue' });
      expect(proof(waiting).rollback.map(({ text }) => text)).toEqual([
        'If pay is refused: nothing has to be undone.',
        'If it stays unclear whether pay was done: bank.refund undoes pay.',
        'If ticket is refused: the saga waits for a person.',
        'If it stays unclear whether ticket was done: the saga waits for a person.',
      ]);
    }
  });
});

test.each<[string, { readonly plan: SagaPlan }, ProofOptions['participants']]>([
  ['an idempotent payment', shop, { payment: 'idempotent' }],
  ['a plain payment', shop, { payment: 'plain' }],
  ['a plain inventory', shop, { inventory: 'plain' }],
  ['plain shipping', shop, { shipping: 'plain' }],
  [
    'a seal that does it',
    defineSaga('t').step('pay', { kind: 'pivot', action: 'bank.pay' }),
    { bank: 'plain' },
  ],
  [
    'a refusal that is tried again',
    defineSaga('r', { defaults: { retry: { maximumAttempts: 3 } } })
      .step('a', { action: 'p.a', compensation: 'q.undo', onFailure: 'retry' })
      .step('b', { action: 'p.b', compensation: 'p.undoB', onExhausted: 'ask' }),
    { p: 'idempotent' },
  ],
])(
  'counterexamples are the shortest there are, also where every attempt counts: %s',
  (_what, saga, participants = {}) => {
    const plan = foldedPlan(saga.plan, new GuardOracle(), 3);
    const options = {
      plan,
      participants,
      quiet: new Set<string>(),
      pauses: false,
      rewinds: false,
      isBrief: false,
    };
    const model = new SagaModel({ ...options, walk: new MachineWalk(plan, 3) });
    const found = allNow(findingsIn(allNow(explore(model, 100_000)), sagaReading(plan, model)));
    const lengths = new Map(
      found.map(({ property, what, place, into }) => [`${property}: ${what}`, (into ?? place).depth]),
    );
    const { counterexamples } = proof({ plan }, { participants });
    const told = counterexamples.map(
      ({ property, what, lines }) => [`${property}: ${what}`, lines.length] as const,
    );
    const both = told.filter(([what]) => lengths.has(what));
    expect(both.length).toBeGreaterThan(0);
    expect(both).toEqual(both.map(([what]) => [what, lengths.get(what)]));
    expect(told[0]?.[1]).toBe(Math.min(...lengths.values()));
  },
);
