import { expect, onTestFinished, test, vi } from 'vitest';
import type { JournalWalker } from '../../src/core/journal-walker.ts';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { JournalRounds } from '../../src/runtime/journal-rounds.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';

const interval = 10_000;
const leaseTtl = 1_000_000;

/** A store, and nodes that walk its journal. */
function createWorld() {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  /** Of each look: who, and from where. */
  const looks: (readonly [string, number])[] = [];
  const rested: string[] = [];
  const open = async (
    node: string,
    {
      look = async (after: number) => after + 10,
      logger = silentLogger,
    }: {
      readonly look?: (after: number) => Promise<number>;
      readonly logger?: Logger;
    } = {},
  ) => {
    await store.renewLease(node, leaseTtl);
    const walker: JournalWalker = {
      name: 'walker',
      interval,
      look: (after) => {
        looks.push([node, after]);
        return look(after);
      },
      rest: () => void rested.push(node),
    };
    const rounds = new JournalRounds({ walker, node, store, clock, logger, isHeld: () => true });
    rounds.open();
    onTestFinished(() => rounds.close());
    return rounds;
  };
  /** Lets time pass until so many looks were taken in all. */
  const until = async (count: number) => {
    await vi.waitFor(() => {
      if (looks.length < count) clock.advance(interval);
      expect(looks).toHaveLength(count);
    });
  };
  return { clock, store, looks, rested, open, until };
}

test('a walk goes on where the last look ended, on whichever node that was', async () => {
  const { looks, open, until, store } = createWorld();
  const first = await open('a');
  await until(2);
  await first.close();
  await store.endLease('a');
  await open('b');
  await until(3);
  expect(looks).toEqual([
    ['a', 0],
    ['a', 10],
    ['b', 20],
  ]);
});

test('one node walks at a time; the other takes over when its lease is lost, and the first rests', async () => {
  const { looks, open, until, store, rested } = createWorld();
  await open('a');
  await until(1);
  await open('b');
  await until(4);
  expect(new Set(looks.map(([node]) => node))).toEqual(new Set(['a']));
  await store.endLease('a');
  await vi.waitFor(async () => {
    await until(looks.length + 1);
    expect(looks.at(-1)?.[0]).toBe('b');
  });
  await store.renewLease('a', leaseTtl);
  await until(looks.length + 2);
  await vi.waitFor(() => expect(rested).toEqual(['a']));
  expect(looks.slice(-2).map(([node]) => node)).toEqual(['b', 'b']);
});

test('a look that fails is logged and repeated at the same place', async () => {
  const { looks, open, until } = createWorld();
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_about: unknown, text: string) => void warnings.push(text) };
  let failures = 1;
  await open('a', {
    logger: logger as Logger,
    look: async (after) => {
      if (failures-- > 0) throw new Error('the store is down');
      return after + 10;
    },
  });
  await until(3);
  expect(looks.map(([, after]) => after)).toEqual([0, 0, 10]);
  expect(warnings).toEqual(['the journal could not be looked through']);
});

test('a walker that came to the end begins anew', async () => {
  const { looks, open, until } = createWorld();
  await open('a', { look: async (after) => (after === 0 ? 10 : 0) });
  await until(3);
  expect(looks.map(([, after]) => after)).toEqual([0, 10, 0]);
});

test('one that is closed waits for the look under way, and takes no more', async () => {
  const { clock, looks, open } = createWorld();
  let finish: (to: number) => void = () => {};
  const rounds = await open('a', { look: () => new Promise((resolve) => (finish = resolve)) });
  await vi.waitFor(() => {
    clock.advance(interval);
    expect(looks).toHaveLength(1);
  });
  const closed = rounds.close();
  finish(10);
  await closed;
  clock.advance(10 * interval);
  expect(looks).toHaveLength(1);
});
