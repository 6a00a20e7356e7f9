import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { JournalEntry } from '../core/store.ts';
import type { StoreRule, StoreScene } from './store-scene.ts';

const HOUR = 3_600_000;

/** The journal of all sagas, and how far relays have published it. */
export const relayRules: readonly StoreRule[] = [
  {
    name: 'the whole journal is read in the order of the commits, each line with what its saga is',
    async play(scene) {
      const after = await endOf(scene);
      const [one, two] = [
        await scene.start({ origin: { attributes: { orderId: '7' } } }),
        await scene.start({ tenant: `${scene.tenant}-other` }),
      ];
      await scene.move(two);
      await scene.move(one);
      const lines = await readAll(scene, after);
      assert.deepEqual(
        lines.map(({ id, seq }) => [id, seq]),
        [
          [one.id, 1],
          [two.id, 1],
          [two.id, 2],
          [one.id, 2],
        ],
      );
      assert.ok(lines[0]);
      const { position, ...first } = lines[0];
      const [line] = await scene.store.history(one, { limit: 1 });
      const { tenant, id, definition, attributes, cause } = one;
      assert.deepEqual(first, { tenant, id, ...line, definition, attributes, cause });
      assert.ok(Number.isInteger(position) && position > after);
    },
  },
  {
    name: 'the journal is read page by page, from after any position',
    async play(scene) {
      const after = await endOf(scene);
      let saga = await scene.start();
      for (let count = 0; count < 6; count += 1) saga = await scene.move(saga);
      const lines = await readAll(scene, after);
      assert.deepEqual(
        lines.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6, 7],
      );
      assert.deepEqual(await readAll(scene, after, 2), lines);
      assert.deepEqual(await readAll(scene, lines[2]?.position ?? 0), lines.slice(3));
      const end = await scene.store.journalEnd();
      assert.ok(end >= (lines[6]?.position ?? Infinity), `the end ${end} lies before what was written`);
      assert.deepEqual(await scene.store.readJournal({ after: end, limit: 5 }), []);
    },
  },
  {
    name: 'a reader that follows writers misses no line and sees each saga’s in order',
    async play(scene) {
      const after = await endOf(scene);
      const seen: JournalEntry[] = [];
      const starts = Array.from({ length: 20 }, () => scene.toStart());
      const write = async () => {
        for (let version = 0; version < 6; version += 1) {
          const batch = starts.map(({ key }, index) =>
            version === 0 ? (starts[index] ?? scene.toStart()) : scene.toMove({ ...key, version, epoch: 1 }),
          );
          await Promise.all(
            [0, 1, 2, 3].map((part) => scene.store.commit(randomUUID(), batch.slice(part * 5, part * 5 + 5))),
          );
        }
      };
      const writing = write();
      for (let position = after; seen.length < 120; position = seen.at(-1)?.position ?? after)
        seen.push(...(await scene.store.readJournal({ after: position, limit: 50 })));
      await writing;
      const own = seen.filter(({ tenant }) => tenant === scene.tenant);
      for (const { key } of starts)
        assert.deepEqual(
          own.filter(({ id }) => id === key.id).map(({ seq }) => seq),
          [1, 2, 3, 4, 5, 6],
        );
    },
  },
  {
    name: 'a relay belongs to one node as long as that lives',
    async play({ store, node }) {
      const relay = `relay-${randomUUID()}`;
      await store.renewLease(node, HOUR);
      assert.equal(await store.claimRelay(relay, node), 0);
      assert.equal(await store.claimRelay(relay, `${node}-other`), undefined);
      assert.equal(await store.claimRelay(relay, node), 0);
      await store.endLease(node);
      assert.equal(await store.claimRelay(relay, `${node}-other`), 0);
    },
  },
  {
    name: 'a relay that its node lets go of is anybody’s',
    async play({ store, node }) {
      const relay = `relay-${randomUUID()}`;
      await store.renewLease(node, HOUR);
      await store.claimRelay(relay, node);
      await store.releaseRelay(relay, `${node}-other`);
      assert.equal(await store.claimRelay(relay, `${node}-other`), undefined);
      await store.releaseRelay(relay, node);
      assert.equal(await store.advanceRelay(relay, { node, from: 0, to: 1 }), false);
      assert.equal(await store.claimRelay(relay, `${node}-other`), 0);
    },
  },
  {
    name: 'a relay goes on only from where it is, and only for the node that has it',
    async play({ store, node }) {
      const relay = `relay-${randomUUID()}`;
      await store.renewLease(node, HOUR);
      await store.claimRelay(relay, node);
      assert.equal(await store.advanceRelay(relay, { node, from: 0, to: 7 }), true);
      assert.equal(await store.advanceRelay(relay, { node, from: 0, to: 8 }), false);
      assert.equal(await store.advanceRelay(relay, { node: `${node}-other`, from: 7, to: 8 }), false);
      assert.equal(await store.advanceRelay('nobody', { node, from: 0, to: 8 }), false);
      assert.equal(await store.claimRelay(relay, node), 7);
    },
  },
  {
    name: 'a relay is put back, never on, and its next step from where it was is refused',
    async play({ store, node }) {
      const relay = `relay-${randomUUID()}`;
      await store.claimRelay(relay, node);
      await store.advanceRelay(relay, { node, from: 0, to: 9 });
      assert.equal(await store.rewindRelay(relay, 50), true);
      assert.equal(await store.claimRelay(relay, node), 9);
      assert.equal(await store.rewindRelay(relay, 4), true);
      assert.equal(await store.advanceRelay(relay, { node, from: 9, to: 10 }), false);
      assert.equal(await store.claimRelay(relay, node), 4);
      assert.equal(await store.rewindRelay(`relay-${randomUUID()}`, 4), false);
    },
  },
];

/** The lines of the scene's tenants past a position. */
async function readAll(scene: StoreScene, after: number, limit = 500): Promise<readonly JournalEntry[]> {
  const lines: JournalEntry[] = [];
  for (let position = after; ;) {
    const page = await scene.store.readJournal({ after: position, limit });
    const last = page.at(-1);
    if (last === undefined) return lines.filter(({ tenant }) => tenant.startsWith(scene.tenant));
    lines.push(...page);
    position = last.position;
  }
}

/** The position of the journal's last line. */
async function endOf({ store }: StoreScene): Promise<number> {
  for (let position = 0; ;) {
    const last = (await store.readJournal({ after: position, limit: 1_000 })).at(-1);
    if (last === undefined) return position;
    position = last.position;
  }
}
