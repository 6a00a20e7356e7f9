import { describe, expect, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { SagaStore, SagaWrite } from '../../src/core/store.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { type CommitOutcome, GroupCommit } from '../../src/runtime/group-commit.ts';
import { systemIds } from '../../src/runtime/system.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { turn, until } from '../testing/turns.ts';

const startOf = (id: string, data = '{}'): SagaWrite => ({
  key: { tenant: 't', id },
  expected: null,
  origin: {
    definition: { name: 'order', version: 1, hash: 'h' },
    deadlineAt: null,
    attributes: {},
    idempotencyKey: null,
    requestHash: 'r',
    createdAt: 0,
  },
  state: {
    status: 'running',
    snapshot: '{}',
    step: null,
    participant: null,
    cause: null,
    error: null,
    isOverridden: false,
    owner: 'n1',
    dueAt: null,
    hooks: null,
    closedAt: null,
  },
  entry: { type: 'start', data, status: 'running', state: 'running', at: 0 },
});
const moveOf = (id: string, version: number): SagaWrite => ({
  ...startOf(id),
  expected: { version, epoch: 1, status: 'running', error: null, isOverridden: false },
  origin: null,
  entry: { ...startOf(id).entry, type: 'moved' },
});
/** NUL: no database holds it. */
const unstorable = (id: string) => startOf(id, '\u0000');

/** A store of which `commit` can be made to stall and to fail, and a group commit on it. */
function createWorld(limits: { readonly maxBatch?: number; readonly concurrency?: number } = {}) {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  const batches: number[] = [];
  const world = {
    clock,
    memory,
    batches,
    gate: Promise.resolve(),
    /** What happens at each of the next commits; `undefined`: nothing out of the order. */
    faults: [] as ('lose the answer' | 'fail before')[],
    outcomes: new Map<string, CommitOutcome>(),
    commit: (write: SagaWrite) =>
      committer.commit(write, (outcome) => world.outcomes.set(write.key.id, outcome)),
  };
  const store: Pick<SagaStore, 'commit' | 'committed'> = {
    async commit(txId, writes) {
      batches.push(writes.length);
      const fault = world.faults.shift();
      await world.gate;
      if (fault === 'fail before') throw new StorageUnavailableError('no connection');
      const written = await memory.commit(txId, writes);
      if (fault === 'lose the answer') throw new StorageUnavailableError('connection lost');
      return written;
    },
    committed: (txId, writes) => memory.committed(txId, writes),
  };
  const committer = new GroupCommit({
    store: store as SagaStore,
    clock,
    ids: systemIds,
    logger: silentLogger,
    maxBatch: 100,
    concurrency: 1,
    ...limits,
  });
  const settle = (count: number) =>
    until(`${count} outcomes`, () => {
      clock.advance(10);
      return world.outcomes.size === count;
    });
  return Object.assign(world, { committer, settle });
}

describe('a group commit', () => {
  it('writes a lone transition at once', async () => {
    const { commit, committer, settle, batches } = createWorld();
    commit(startOf('a'));
    await settle(1);
    expect([batches, committer.stats]).toMatchObject([
      [1],
      { statements: 1, writes: 1, waiting: 0, isFailing: false },
    ]);
  });

  it('puts into one statement what is decided at the same time', async () => {
    const { commit, settle, batches } = createWorld();
    for (const id of ['a', 'b', 'c']) commit(startOf(id));
    await settle(3);
    expect(batches).toEqual([3]);
  });

  it('collects what is decided while a statement is under way', async () => {
    const world = createWorld();
    let open = () => {};
    world.gate = new Promise((resolve) => (open = resolve));
    world.commit(startOf('a'));
    await turn();
    for (const id of ['b', 'c', 'd']) {
      world.commit(startOf(id));
      await turn();
    }
    expect([world.batches, world.committer.stats.waiting]).toEqual([[1], 3]);
    open();
    await world.settle(4);
    expect(world.batches).toEqual([1, 3]);
  });

  it('has no more statements under way, and no more sagas in each, than it may', async () => {
    const world = createWorld({ maxBatch: 2, concurrency: 2 });
    let open = () => {};
    world.gate = new Promise((resolve) => (open = resolve));
    for (const id of ['a', 'b', 'c', 'd', 'e']) world.commit(startOf(id));
    await turn();
    expect(world.batches).toEqual([2, 2]);
    open();
    await world.settle(5);
    expect(world.batches).toEqual([2, 2, 1]);
  });

  it('tells who was overtaken, and writes the others of the same statement', async () => {
    const { commit, settle, outcomes, memory } = createWorld();
    for (const id of ['a', 'b']) commit(startOf(id));
    await settle(2);
    outcomes.clear();
    commit(moveOf('a', 1));
    commit(moveOf('b', 7));
    await settle(2);
    expect([...outcomes]).toEqual([
      ['a', 'written'],
      ['b', 'stale'],
    ]);
    expect((await memory.get({ tenant: 't', id: 'b' }))?.version).toBe(1);
  });

  it('splits a refused statement until the culprits stand alone, and writes the others', async () => {
    const { commit, settle, outcomes } = createWorld();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      commit(id === 'c' || id === 'f' ? unstorable(id) : startOf(id));
    await settle(7);
    const kinds = Object.fromEntries(
      [...outcomes].map(([id, outcome]) => [
        id,
        typeof outcome === 'string' ? outcome : outcome.refused.code,
      ]),
    );
    expect(kinds).toEqual({
      a: 'written',
      b: 'written',
      c: 'storage_refused',
      d: 'written',
      e: 'written',
      f: 'storage_refused',
      g: 'written',
    });
  });

  it('reads back what a lost answer would have said, and writes nothing twice', async () => {
    const { commit, settle, outcomes, memory, faults } = createWorld();
    commit(startOf('b'));
    await settle(1);
    outcomes.clear();
    faults.push('lose the answer');
    commit(startOf('a'));
    commit(moveOf('b', 9));
    await settle(2);
    expect(Object.fromEntries(outcomes)).toEqual({ a: 'written', b: 'stale' });
    expect((await memory.history({ tenant: 't', id: 'a' }, { limit: 10 })).map(({ seq }) => seq)).toEqual([
      1,
    ]);
  });

  it('puts one write of a saga at most into a statement, so that a lost answer tells which of two it was', async () => {
    const { committer, commit, clock, settle, outcomes, faults, batches, memory } = createWorld();
    commit(startOf('a'));
    await settle(1);
    const told: CommitOutcome[] = [];
    faults.push('lose the answer');
    // What two actors of one saga do, when their node took it over twice at once.
    for (const _ of ['first', 'second']) committer.commit(moveOf('a', 1), (outcome) => told.push(outcome));
    commit(startOf('b'));
    await until('three outcomes', () => {
      clock.advance(10);
      return told.length === 2 && outcomes.has('b');
    });
    expect([told, outcomes.get('b')]).toEqual([['written', 'stale'], 'written']);
    expect(batches).toEqual([1, 2, 1]);
    expect((await memory.history({ tenant: 't', id: 'a' }, { limit: 10 })).length).toBe(2);
  });

  it('writes again what never arrived, however often that happens, and is failing meanwhile', async () => {
    const world = createWorld();
    world.faults.push('fail before', 'fail before', 'lose the answer');
    world.commit(startOf('a'));
    await until('the first failure', () => world.committer.stats.isFailing);
    await world.settle(1);
    expect([world.outcomes.get('a'), world.committer.stats.isFailing]).toEqual(['written', false]);
    expect((await world.memory.history({ tenant: 't', id: 'a' }, { limit: 10 })).length).toBe(1);
  });

  it('finds out who is refused in a statement whose first answer was lost', async () => {
    const { commit, settle, outcomes, faults } = createWorld();
    faults.push('fail before');
    commit(startOf('a'));
    commit(unstorable('b'));
    await settle(2);
    expect([outcomes.get('a'), typeof outcomes.get('b')]).toEqual(['written', 'object']);
  });

  it('is drained once nothing waits and nothing is under way', async () => {
    const world = createWorld();
    await world.committer.drain();
    let open = () => {};
    world.gate = new Promise((resolve) => (open = resolve));
    world.commit(startOf('a'));
    let isDrained = false;
    const drained = world.committer.drain().then(() => (isDrained = true));
    await turn();
    expect(isDrained).toBe(false);
    open();
    await drained;
    expect(world.outcomes.get('a')).toBe('written');
  });
});
