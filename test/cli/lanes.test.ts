import { expect, test } from 'vitest';
import { toLanes } from '../../src/cli/lanes.ts';
import { toPage } from '../../src/cli/show.ts';
import type { SagaJson, StepJson } from '../../src/cli/saga-json.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { toDefinitionBody } from '../../src/http/representation.ts';

const trip = toDefinitionBody(
  defineSaga('trip')
    .step('look', { kind: 'readonly', action: 'trip.look' })
    .step('flight', { action: 'air.book', compensation: 'air.cancel' })
    .parallel('stay', (group) =>
      group
        .step('hotel', { action: 'hotel.book', compensation: 'hotel.cancel' })
        .step('car', { action: 'car.rent', compensation: 'car.giveBack' }),
    )
    .step('pay', { kind: 'pivot', action: 'bank.pay' })
    .step('mail', { kind: 'retriable', action: 'mail.send' }),
);

type Given = Readonly<Record<string, Partial<StepJson>>>;

function lanes(
  status: SagaJson['status'],
  given: Given,
  more: { readonly parked?: SagaJson['parked']; readonly width?: number } = {},
) {
  const steps = trip.steps.map(({ name, kind }): StepJson => ({
    name,
    kind,
    status: 'pending',
    inDoubt: false,
    attempts: 0,
    undoAttempts: 0,
    ...given[name],
  }));
  const { parked = null, width = 0 } = more;
  return toLanes({ saga: { status, steps, parked }, definition: trip, width });
}

const done = { status: 'completed', result: {} } as const;

test('a saga under way: what is done, what is at hand, what is to come, and what would undo it', () => {
  expect(
    lanes('running', { look: done, flight: done, hotel: { status: 'running' }, car: { status: 'running' } }),
  ).toEqual([
    'forward  [x] look --> [x] flight --> [>] hotel   |  [>] car      --> [ ] pay --> [ ] mail',
    'undo                  [ ] cancel <-- [ ] cancel  |  [ ] giveBack',
  ]);
});

test('a saga that goes back: the refused step, and the compensations done and at hand', () => {
  const error = { code: 'x', message: 'x' };
  expect(
    lanes('compensating', {
      look: done,
      flight: { status: 'compensating', result: {} },
      hotel: { status: 'compensated', result: {} },
      car: { status: 'failed', error },
    }),
  ).toEqual([
    'forward  [x] look --> [x] flight --> [x] hotel   |  [!] car --> [ ] pay --> [ ] mail',
    'undo                  [>] cancel <-- [x] cancel',
  ]);
});

test('a step in doubt is undone first', () => {
  const doubt = { status: 'failed', inDoubt: true, error: { code: 'timeout', message: '' } } as const;
  expect(
    lanes('compensating', { look: done, flight: done, hotel: { status: 'skipped' }, car: doubt })[0],
  ).toContain('[-] hotel  |  [?] car');
  expect(
    lanes('compensating', { look: done, flight: done, hotel: { status: 'skipped' }, car: doubt })[1],
  ).toMatch(/\[ \] cancel +\[ \] giveBack/);
});

test('a parked compensation is marked as failed, and so is a parked action', () => {
  const parked = (command: string) => ({ parked: { command, why: 'refused' as const } });
  expect(
    lanes('failed', { look: done, flight: { status: 'compensating', result: {} } }, parked('undoFlight'))[1],
  ).toContain('[!] cancel');
  expect(
    lanes(
      'failed',
      { look: done, flight: done, hotel: done, car: done, pay: done, mail: { status: 'running' } },
      parked('mail'),
    )[0],
  ).toContain('[!] mail');
});

test('a completed saga has nothing to undo', () => {
  const all = { look: done, flight: done, hotel: done, car: done, pay: done, mail: done };
  expect(lanes('completed', all)).toEqual([
    'forward  [x] look --> [x] flight --> [x] hotel  |  [x] car --> [x] pay --> [x] mail',
  ]);
});

test('lanes that are wider than the terminal go on below', () => {
  const rows = lanes('running', {}, { width: 50 });
  expect(rows.every((row) => row.length <= 50)).toBe(true);
  expect(rows.filter((row) => row.startsWith('forward')).length).toBeGreaterThan(1);
  expect(rows.join(' ').match(/\[ \] (?:look|flight|hotel|car|pay|mail)/g)).toHaveLength(6);
});

test('without its definition, a saga is still drawn', () => {
  const steps = [
    { name: 'a', kind: 'compensatable', status: 'completed', inDoubt: false, attempts: 1, undoAttempts: 0 },
  ] as const;
  expect(toLanes({ saga: { status: 'running', steps: [...steps], parked: null } })).toEqual([
    'forward  [x] a',
    'undo     [ ] undo',
  ]);
});

test('the page holds no control characters, whatever the saga holds', () => {
  const evil = '\u001B]0;owned\u0007\u001B[2J\r\nfake line\u009B1A';
  const saga = {
    definition: { name: 'trip', version: 1, hash: '' },
    id: 'x',
    status: 'failed',
    steps: [
      {
        name: 'flight',
        kind: 'compensatable',
        status: 'failed',
        inDoubt: false,
        attempts: 1,
        undoAttempts: 0,
        error: { code: evil, message: evil },
      },
    ],
    causedBy: { type: 'operator', actor: evil, reason: evil },
    parked: { command: 'flight', why: 'refused', error: { code: evil, message: evil } },
    attributes: { evil },
    timers: {},
    signals: [{ name: 'flight', status: 'awaited', isHeard: true }],
    paused: { at: '', by: evil, reason: evil },
    goesBackTo: evil,
    input: evil,
    results: { evil },
    legal: [],
    state: 'failed.flight',
    version: 1,
    createdAt: '',
    updatedAt: '',
    closedAt: null,
    deadlineAt: null,
    step: 'flight',
    cause: 'operator',
    tenant: 'default',
    isOverridden: true,
    isLate: true,
  } as const;
  const page = toPage(
    { width: 0, hasColour: false } as Parameters<typeof toPage>[0],
    saga as unknown as SagaJson,
    undefined,
  );
  expect(page.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(page.join('\n')).toContain('fake line');
});
