import { expect, it } from 'vitest';
import type { Change } from '../../web/src/live.ts';
import { Newcomers } from '../../web/src/newcomers.ts';
import { parseQuery } from '../../web/src/saga-query.ts';

const moved = (change: Partial<Change>): Change => ({
  id: 'a',
  name: 'order',
  version: 1,
  status: 'running',
  state: '',
  step: 'charge',
  cause: null,
  seq: 5,
  at: '2026-01-01T00:00:00.000Z',
  type: 'reserve.succeeded',
  ...change,
});

/** How many newcomers there are after these moves of sagas that are not in the list. */
function countOf(query: string, isWhole: boolean, changes: readonly Partial<Change>[]): number {
  const newcomers = new Newcomers();
  for (const change of changes) newcomers.see({ change: moved(change), query: parseQuery(query), isWhole });
  return newcomers.size;
}

it('does not count what may have matched all the time, further down than the list was read', () => {
  expect(countOf('status:running', false, [{}, { id: 'b' }, { id: 'b', seq: 6 }])).toBe(0);
  expect(countOf('status:running,completed', false, [{ status: 'completed' }])).toBe(0);
  expect(countOf('status:failed', false, [{ status: 'failed', type: 'pause' }])).toBe(0);
  expect(countOf('step:charge', false, [{}])).toBe(0);
});

it('counts each once where all that matched were read', () => {
  expect(countOf('status:running', true, [{}, { id: 'b' }, { id: 'b', seq: 6 }])).toBe(2);
  expect(countOf('name:order', true, [{}])).toBe(0);
});

it('counts what was seen not to match before', () => {
  const parked = { status: 'failed', type: 'park' } as const;
  expect(countOf('status:running', false, [parked, { type: 'retry', seq: 6 }])).toBe(1);
  expect(countOf('step:ship', false, [{}, { step: 'ship' }])).toBe(1);
});

it('counts what just ended or parked, where it was not asked for before that', () => {
  expect(countOf('status:completed', false, [{ status: 'completed' }])).toBe(1);
  expect(countOf('status:failed', false, [{ status: 'failed', type: 'charge.refused' }])).toBe(1);
});

it('counts no longer what matches no more, or was read since', () => {
  expect(countOf('status:running', true, [{}, { id: 'b' }, { id: 'b', status: 'completed' }])).toBe(1);
  const newcomers = new Newcomers();
  newcomers.see({ change: moved({}), query: parseQuery('status:running'), isWhole: true });
  newcomers.found(['a', 'b']);
  expect(newcomers.size).toBe(0);
});
