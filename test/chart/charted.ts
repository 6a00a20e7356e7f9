import { ChartSheets, type ChartView, type Marks, toGraph, toMarks } from '../../src/chart/index.ts';
import type { SagaMachine } from '../../src/core/machine.ts';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { stateText, statusOf, toStored } from '../../src/core/snapshot.ts';
import type { JournalRow } from '../../src/core/store.ts';
import { advance, begin, type Move } from '../../src/core/transition.ts';
import { type Cue, startedAt, toEvent, toLogic } from '../core/play.ts';

/** Four steps in a row, of which the last only goes forward. */
export const order = defineSaga('order', { description: 'Fulfils an order', timeout: '10m' })
  .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund', timeout: '2s' })
  .step('ship', { action: 'shipping.create', compensation: 'shipping.cancel' })
  .step('complete', { kind: 'retriable', action: 'order.complete' });

/** Every kind of step, a parallel group, and steps that may be passed by. */
export const trip = defineSaga('trip', { timeout: '1h', version: 3 })
  .step('check', { kind: 'readonly', action: 'customers.check' })
  .parallel('book', (group) =>
    group
      .step('hotel', { action: 'hotel.book', compensation: 'hotel.cancel' })
      .step('car', { action: 'car.rent', compensation: 'car.return', when: () => true })
      .step('flight', { action: 'flight.book', compensation: 'flight.cancel' }),
  )
  .step('insure', { action: 'insurance.sign', compensation: 'insurance.revoke', when: () => false })
  .step('pay', { kind: 'pivot', action: 'payment.charge' })
  .step('send', { kind: 'retriable', action: 'mail.send' });

/** More steps than fit into one row. */
export const journey = Array.from({ length: 20 }, (_step, index) => `step${index + 1}`).reduce<Chain>(
  (saga, name) => saga.step(name, { action: `service.${name}`, compensation: `service.undo${name}` }),
  defineSaga('journey') as unknown as Chain,
);

/** A definition whose names the compiler does not follow. */
interface Chain extends AnySagaDefinition {
  step(name: string, options: { readonly action: string; readonly compensation: string }): Chain;
}

/** A saga's journal, and its marks, after some events; each takes `pace` ms more than the one before. */
export function run(
  definition: AnySagaDefinition,
  cues: readonly Cue[],
  pace = 100,
): {
  readonly rows: readonly JournalRow[];
  readonly marks: Marks;
  readonly timers: Move['snapshot']['timers'];
} {
  const logic = toLogic(definition);
  let now = startedAt;
  let move = begin(logic, { id: 's1', input: {}, now });
  const rows = [toRow(move, { type: 'start' }, 1, now)];
  for (const cue of cues) {
    const event = toEvent(logic, move.snapshot, cue);
    now += pace * rows.length;
    const next = advance(logic, move.snapshot, event, { now, deadline: undefined });
    if (next === undefined) throw new Error(`no arrow for ${event.type} in ${stateText(move.snapshot)}`);
    move = next;
    rows.push(toRow(move, event, rows.length + 1, now));
  }
  const graph = toGraph(definition.machine as SagaMachine);
  const snapshot = toStored(move.snapshot);
  return { rows, marks: toMarks({ graph, definition, snapshot, rows }), timers: move.snapshot.timers };
}

const sheets = new ChartSheets();

/** A definition's chart, laid out once for all tests of a file. */
export function sheetOf(definition: AnySagaDefinition, view: ChartView) {
  return sheets.get(definition, view);
}

function toRow(
  { snapshot }: Move,
  { type, ...data }: { readonly type: string },
  seq: number,
  at: number,
): JournalRow {
  const state = stateText(snapshot);
  return { seq, type, data: JSON.stringify(data), status: statusOf(snapshot), state, at, txId: '' };
}
