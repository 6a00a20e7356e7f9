import { describe, expect, it } from 'vitest';
import { toRequest } from '../../src/core/command.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { preview } from '../../src/core/preview.ts';
import { isSettled, type SagaSnapshot, stateText, statusOf } from '../../src/core/snapshot.ts';
import {
  advance,
  awaitedCommands,
  legalActions,
  legalEvents,
  type OperatorEvent,
  type SagaEvent,
  type SagaLogic,
} from '../../src/core/transition.ts';
import { factsOf } from '../../src/testing/saga-facts.ts';
import { SagaSpace } from '../../src/testing/saga-space.ts';
import { play } from './play.ts';

const undone = (name: string) =>
  ({ action: `shop.${name}`, compensation: `shop.un${name}`, retry: { maximumAttempts: 1 } }) as const;
const order = defineSaga('order', { timeout: '1h' })
  .step('reserve', undone('reserve'))
  .step('charge', { ...undone('charge'), onFailure: 'ask', onExhausted: 'ask' })
  .step('ship', { kind: 'pivot', action: 'shop.ship', retry: { maximumAttempts: 1 } })
  .step('mail', { kind: 'retriable', action: 'shop.mail', retry: { maximumAttempts: 1 } });
const trip = defineSaga('trip')
  .parallel('book', (group) => group.step('car', undone('car')).step('hotel', undone('hotel')))
  .waitFor('approval', { timeout: '1h', onTimeout: 'ask' })
  .step('pay', undone('pay'));
const at = { now: 0, deadline: undefined };
const asked = { ...at, tenant: 't' };

/** How many of a saga's states are looked at; evenly spread over all of them. */
const most = 200;

/** States that a saga can come to, as far as its chart can tell them apart. */
function reachable(logic: SagaLogic): readonly SagaSnapshot[] {
  const space = new SagaSpace({ logic, results: {}, isRestarted: false, isShort: true });
  const first = space.start({});
  const found = new Map([[factsOf(logic.plan, first, []), first]]);
  for (const state of found.values()) {
    for (const event of space.events(state)) {
      const next = space.next(state, event);
      const facts = next === undefined ? '' : factsOf(logic.plan, next, []);
      if (next !== undefined && !found.has(facts)) found.set(facts, next);
    }
  }
  const every = Math.max(1, Math.floor(found.size / most));
  return [...found.values()].filter((_, index) => index % every === 0).map(({ saga }) => saga);
}

/** The undos that really follow, were each to succeed; the saga is led on by answers and time alone. */
function undosAfter(logic: SagaLogic, from: SagaSnapshot): readonly string[] {
  const undos: string[] = [];
  let saga = advance(logic, from, { type: 'resume' }, at)?.snapshot ?? from;
  while (statusOf(saga) === 'compensating') {
    const [command] = awaitedCommands(saga);
    const [timer = ''] = Object.keys(saga.timers).filter((type) => type !== 'deadline');
    if (command !== undefined) undos.push(command.step);
    const { name = '', ...attempt } = command ?? {};
    const event =
      command === undefined ? { type: timer } : { ...attempt, type: `${name}.succeeded`, result: 1 };
    const move = advance(logic, saga, event as SagaEvent, at);
    if (move === undefined) throw new Error(`${stateText(saga)} has no arrow for ${event.type}`);
    saga = move.snapshot;
  }
  return undos;
}

describe.each([
  ['the order', order],
  ['the trip', trip],
])('of any state of %s, a preview of any action', (_name, { plan, machine }) => {
  const logic: SagaLogic = { plan, machine: machine as unknown as SagaLogic['machine'] };
  const states = reachable(logic);

  it('tells the state and the commands that the engine then comes to, to the letter', () => {
    let count = 0;
    for (const saga of states) {
      for (const event of legalEvents(plan, saga)) {
        const { isLegal, from, to, commands, isOverridden } = preview(logic, saga, event, asked);
        const move = advance(logic, saga, event, at);
        const sent = move?.commands.map((command) => {
          const { context } = move.snapshot.state;
          const { step, op, participant, operation, attempt, body } = toRequest(plan, command, {
            tenant: 't',
            context,
            deadline: 0,
          });
          return { step, op, participant, operation, attempt, input: body.input };
        });
        expect([isLegal, from.state, to?.state, to?.status, commands]).toEqual([
          true,
          stateText(saga),
          stateText(move?.snapshot as SagaSnapshot),
          statusOf(move?.snapshot as SagaSnapshot),
          sent,
        ]);
        expect(isOverridden).toBe(move?.snapshot.state.context.overridden === true);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(300);
  });

  it('tells what will be undone, in the order in which it then is', () => {
    for (const saga of states) {
      for (const event of legalEvents(plan, saga)) {
        const move = advance(logic, saga, event, at);
        // A pivot in doubt is asked first: whether anything is undone depends on its answer.
        if (move === undefined || statusOf(move.snapshot) !== 'compensating') continue;
        expect(preview(logic, saga, event, asked).undo).toEqual(undosAfter(logic, move.snapshot));
      }
    }
  });

  it('says no exactly where the engine would, with what is legal instead', () => {
    const others: readonly OperatorEvent[] = [
      { type: 'cancel' },
      { type: 'skip' },
      { type: 'pause' },
      { type: 'resume' },
      { type: 'decide', choice: 'skip' },
      { type: 'compensate', to: 'nowhere' },
      { type: 'signal', name: 'nothing' },
    ];
    for (const saga of states) {
      for (const event of others) {
        const told = preview(logic, saga, event, asked);
        expect(told.isLegal).toBe(advance(logic, saga, event, at) !== undefined);
        expect(told.refusal === null).toBe(told.isLegal);
        expect(told.legalActions).toEqual(legalActions(saga));
      }
    }
  });

  it('changes nothing', () => {
    const [saga] = states.filter((state) => !isSettled(statusOf(state)));
    const before = JSON.stringify(saga);
    for (const event of legalEvents(plan, saga as SagaSnapshot))
      preview(logic, saga as SagaSnapshot, event, asked);
    expect(JSON.stringify(saga)).toBe(before);
  });
});

describe('a preview', () => {
  const of = (cues: readonly (string | object)[], event: OperatorEvent) => {
    const { logic, snapshot } = play(order, cues as readonly string[]);
    return preview(logic, snapshot, event, asked);
  };

  it('names the steps that are still to come', () => {
    expect(of(['reserve.succeeded', 'charge.refused'], { type: 'retry' }).next).toEqual([
      'charge',
      'ship',
      'mail',
    ]);
    expect(of(['reserve.succeeded', 'charge.refused'], { type: 'skip' }).next).toEqual(['ship', 'mail']);
    expect(of(['reserve.succeeded', 'charge.refused'], { type: 'compensate' })).toMatchObject({
      undo: ['reserve'],
      next: [],
    });
  });

  it('of a paused saga sends nothing, and still tells what will be undone', () => {
    expect(of(['reserve.succeeded', 'charge.refused', 'retry', 'pause'], { type: 'cancel' })).toMatchObject({
      commands: [],
      undo: ['charge', 'reserve'],
    });
  });

  it('shows the command that the definition’s own code cannot make', () => {
    const broken = defineSaga('broken').step('one', {
      ...undone('one'),
      onFailure: 'ask',
      input: () => {
        throw new Error('no address');
      },
    });
    const { logic, snapshot } = play(broken, ['one.refused']);
    expect(preview(logic, snapshot, { type: 'retry' }, asked).commands).toMatchObject([
      { step: 'one', input: null, error: { message: 'no address' } },
    ]);
  });

  it('says in words why an action is not possible', () => {
    const refusal = (cues: readonly (string | object)[], event: OperatorEvent) => of(cues, event).refusal;
    expect(refusal([], { type: 'retry' })).toBe(
      "'retry' is not possible while saga 's1' is running; possible now: cancel, compensate, pause",
    );
    expect(refusal([], { type: 'compensate', to: 'ship' })).toMatch(/did not come to a step 'ship'/);
    expect(refusal(['pause'], { type: 'pause' })).toMatch(/while saga 's1' is running and paused/);
    expect(
      refusal(['reserve.succeeded', 'charge.timeout'], { type: 'retry', input: { changed: true } }),
    ).toMatch(/step 'charge' may have had an effect .* compensate first/);
  });
});
