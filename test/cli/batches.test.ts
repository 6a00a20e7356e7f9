import { describe, expect, test } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { obliging, openApi, parsed, stubborn } from './api-world.ts';

/** Three parked orders, `a`, `b` and `c`, and a completed one; the shop obliges from now on. */
async function openParked() {
  const api = await openApi(stubborn);
  for (const id of ['a', 'b', 'c']) await api.settle(id);
  api.play(obliging);
  await api.settle('done');
  return api;
}

describe('an action on many sagas as a batch', () => {
  test('is done by the node on all that match, and followed to its end', async () => {
    const api = await openParked();
    const ran = await api.run(['retry', '--query', 'status:failed', '--yes', '--reason', 'open']);
    expect(ran).toMatchObject({ code: 0, out: [] });
    expect(ran.notes).toContain('retry: 3 of 3 accepted, 0 refused; done');
    const retried = (await api.orchestrator.history('b')).filter(({ type }) => type === 'retry');
    expect(retried.map(({ data }) => JSON.parse(data))).toMatchObject([{ reason: 'open' }]);
    const { out } = await api.run(['batches', '--json']);
    expect(parsed(out)).toMatchObject([{ action: 'retry', status: 'done', total: 3, done: 3 }]);
  });

  test('tells which sagas refused and why, and ends with 1', async () => {
    const api = await openParked();
    const ran = await api.run(['retry', 'a', 'done', '--yes']);
    expect(ran.code).toBe(1);
    expect(ran.out).toEqual([
      'REFUSED BY  BECAUSE',
      expect.stringMatching(/^done {8}.*is completed, which is final/),
    ]);
    expect(ran.notes).toContain('1 of 2 accepted, 1 refused');
  });

  test('tells what it waits for where no node has the definition of some', async () => {
    const api = await openParked();
    const saga = defineSaga('relic', { version: 7 }).waitFor('restored');
    const other = await createOrchestrator({ ...api.ports, sagas: [saga] });
    await other.start('relic', {}, { id: 'r' });
    await other.close();
    const running = api.run(['cancel', 'r', 'done', '--yes']);
    const waiting = async () => (await api.orchestrator.batches.list({ limit: 1 }))[0];
    await expect.poll(waiting, { timeout: 10_000 }).toMatchObject({ waitsFor: [saga.ref] });
    const { id = '' } = (await waiting()) ?? {};
    const words = `batch ${id} waits for a node that has relic 7; 'sagachart batches ${id} --abort' ends it`;
    expect((await api.run(['batches', id])).notes).toContain(words);
    expect((await api.run(['batches', id, '--abort'])).notes).not.toContain('waits for');
    expect(await running).toMatchObject({ code: 1, notes: expect.stringContaining('aborted') as string });
  });

  test('asks first, with how many there are', async () => {
    const api = await openParked();
    const refused = await api.run(['retry', '--query', 'status:failed,running'], { answer: 'n' });
    expect(refused).toMatchObject({ code: 1, asked: ['retry 3 sagas? [y/N] '] });
    expect(await api.run(['retry', 'a', 'b'])).toMatchObject({ code: 2 });
    expect((await api.run(['batches'])).notes).toContain('there is no batch');
  });

  test('goes on by itself when told so, and can be looked at and ended', async () => {
    const api = await openParked();
    const { out, code } = await api.run(['cancel', '--detach', 'a', '--yes']);
    expect([code, out.length]).toEqual([0, 1]);
    const id = out[0] ?? '';
    await expect.poll(async () => (await api.orchestrator.batches.get(id)).status).toBe('done');
    expect((await api.run(['batches'])).out[1]).toMatch(new RegExp(`^${id} +cancel +done +1 of 1 +1 `));
    expect((await api.run(['batches', id])).code).toBe(1);
    expect((await api.run(['batches', id, '--abort'])).code).toBe(0);
    expect((await api.run(['batches', 'nobody'])).code).toBe(3);
    expect((await api.run(['batches', '../x'])).code).toBe(2);
  });

  test.each([
    [['retry', 'a', 'b', '--if-version', '2', '--yes'], '--if-version is of one saga'],
    [['retry', '--query', 'status:failed', '--if-version', '2', '--yes'], '--if-version is of one saga'],
    [['retry', '--detach', '--yes'], 'name sagas by id'],
  ])('%j makes no sense', async (argv, words) => {
    const api = await openParked();
    const ran = await api.run(argv);
    expect(ran.code).toBe(2);
    expect(ran.notes).toContain(words);
  });
});

describe('what is wrong', () => {
  test('is told grouped, and per saga in the list', async () => {
    const api = await openParked();
    const { out } = await api.run(['errors']);
    expect(out).toHaveLength(2);
    expect(out[1]).toMatch(/^3 +order +undo reserve +no_money +\S+ +[abc] +no .*money$/);
    expect(parsed((await api.run(['errors', '--json', '--since', '1h'])).out)).toMatchObject([
      { name: 'order', step: 'reserve', op: 'undo', count: 3 },
    ]);
    expect((await api.run(['errors', '--name', 'other'])).notes).toContain('no saga has a fault');
    expect(
      (await api.run(['ls', '--error', 'no_money', '--text', 'MONEY', '--step', 'reserve'])).out,
    ).toHaveLength(4);
    expect((await api.run(['ls', '--participant', 'nobody'])).notes).toContain('no saga matches');
    expect((await api.run(['ls', '--stuck', '1h'])).notes).toContain('no saga matches');
  });

  test('people did about it is told', async () => {
    const api = await openParked();
    await api.run(['resolve', 'a', '--as', 'abandoned', '--actor', 'ada', '--reason', 'too old']);
    expect((await api.run(['audit'])).out[1]).toMatch(/ada +resolve +a +abandoned +too old$/);
    expect(parsed((await api.run(['audit', '--json', '--saga', 'a'])).out)).toMatchObject([{ actor: 'ada' }]);
    expect((await api.run(['audit', '--action', 'retry'])).notes).toContain('nobody did anything');
    expect((await api.run(['ls', '--overridden'])).out).toHaveLength(2);
  });

  test('is found by attributes', async () => {
    const api = await openParked();
    await api.orchestrator.start('order', { amount: 5 }, { id: 'mine', attributes: { customer: 'c-1' } });
    expect((await api.run(['ls', '--attribute', 'customer=c-1'])).out).toHaveLength(2);
    const ran = await api.run(['cancel', '--query', 'attr.customer:nobody', '--yes']);
    expect(ran).toMatchObject({ code: 0, notes: 'no saga matches' });
  });
});
