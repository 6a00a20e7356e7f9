import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { StorageRefusedError } from '../core/errors.ts';
import type { SagaState } from '../core/store.ts';
import type { StoreRule } from './store-scene.ts';

const TEXTS = {
  'with quotes and backslashes': `it's "quoted" \\ \\" \\u0000 {a,b} $1 %s ; -- NULL`,
  'with every kind of white space': 'a\tb\nc\r\nd\u2028e\u00a0f ',
  'in many scripts': 'Grüße, 世界, مرحبا, שלום, 👩‍👩‍👧‍👦, e\u0301, 𝕊',
  'that is JSON, written in an unusual way':
    '{"a" : 1.0,\n"b":"\\" ☃ 👩 \\\\ \\n /","a":[{ }, {"d":null}, 1e2]}',
  'that is JSON with escaped characters': '{"a":"\\u0001 \\u0000 \\ud83d \\u2603"}',
  'that is empty': '',
  'of 200 kB': JSON.stringify({
    items: Array.from({ length: 4000 }, (_, index) => `item ${index} "ü" and some more text to fill`),
  }),
} as const;

/** What may be stored, and comes back as it was. */
export const contentRules: readonly StoreRule[] = [
  ...Object.entries(TEXTS).map(([kind, text]): StoreRule => ({
    name: `text ${kind} comes back as it was`,
    async play(scene) {
      const attributes = { [`key ${text.slice(0, 60)}`]: text };
      const started = await scene.start({
        origin: { attributes, requestHash: text },
        state: { snapshot: text, step: text, hooks: text },
        entry: { data: text },
      });
      assert.deepEqual(
        [started.attributes, started.requestHash, started.snapshot, started.step, started.hooks],
        [attributes, text, text, text, text],
      );
      const moved = await scene.move(started, { state: { snapshot: `${text}!` }, entry: { data: text } });
      assert.equal(moved.snapshot, `${text}!`);
      assert.deepEqual(
        (await scene.store.history(started, { limit: 5 })).map(({ data }) => data),
        [text, text],
      );
    },
  })),
  {
    name: 'every column comes back as it was, filled and emptied again',
    async play(scene) {
      const { now } = scene;
      const full: SagaState = {
        status: 'failed',
        snapshot: '[]',
        step: 'charge',
        participant: 'payment',
        cause: 'operator',
        error: { step: 'charge', op: 'do', code: 'no_money', message: 'no money — “none”', at: now - 1 },
        isOverridden: true,
        owner: scene.node,
        dueAt: now + 1,
        hooks: '["onFailed"]',
        closedAt: now + 2,
      };
      const empty: SagaState = {
        ...full,
        step: null,
        participant: null,
        cause: null,
        error: null,
        isOverridden: false,
        owner: null,
        dueAt: null,
        hooks: null,
        closedAt: null,
      };
      const origin = { deadlineAt: now + 3, attributes: { a: '1', b: '2' }, idempotencyKey: 'key' };
      const started = await scene.start({ origin, state: full });
      assert.deepEqual({ ...started, ...full, ...origin }, started);
      const moved = await scene.move(started, { state: empty });
      assert.deepEqual({ ...moved, ...empty, ...origin }, moved);
    },
  },
  {
    name: 'instants come back to the millisecond',
    async play(scene) {
      for (const at of [0, 1, 999, 1_709_251_199_999, 1_800_000_000_001, 4_102_444_800_123]) {
        const state = { dueAt: at, closedAt: at };
        const saga = await scene.start({ origin: { createdAt: at, deadlineAt: at }, state, entry: { at } });
        assert.deepEqual(
          [saga.createdAt, saga.deadlineAt, saga.dueAt, saga.closedAt, saga.updatedAt],
          [at, at, at, at, at],
        );
        assert.equal((await scene.store.history(saga, { limit: 1 }))[0]?.at, at);
      }
    },
  },
  ...Object.entries({ NUL: 'a\0b', 'a lone surrogate': 'a\ud800b' }).map(([kind, text]): StoreRule => ({
    name: `a batch with ${kind} in a text is refused as a whole, and its other writes can be committed without it`,
    async play(scene) {
      const before = await scene.start();
      const others = [scene.toStart(), scene.toMove(before)];
      const culprits = [
        scene.toStart({ origin: { attributes: { note: text } } }),
        scene.toMove(before, { state: { step: text } }),
      ];
      for (const culprit of culprits) {
        await assert.rejects(
          scene.store.commit(randomUUID(), [...others.slice(0, 1), culprit]),
          StorageRefusedError,
        );
      }
      const { records } = await scene.store.list({ tenant: scene.tenant }, { limit: 10 });
      assert.deepEqual(records, [before]);
      assert.deepEqual(await scene.store.commit(randomUUID(), others), [true, true]);
    },
  })),
];
