import { describe, expect, test } from 'vitest';
import { obliging, openApi, parsed, slow, stubborn } from './api-world.ts';

/** Three parked orders, `a`, `b` and `c`; the shop obliges from now on. */
async function openParked() {
  const api = await openApi(stubborn);
  for (const id of ['a', 'b', 'c']) await api.settle(id);
  api.play(obliging);
  const statuses = async () =>
    Promise.all(
      ['a', 'b', 'c'].map(async (id) => (await api.orchestrator.settled(id, { timeout: 5_000 })).status),
    );
  return { ...api, statuses };
}

describe('an action on one saga', () => {
  test('is done, with who and why in the journal', async () => {
    const api = await openParked();
    const ran = await api.run(['retry', 'a', '--reason', 'the bank is back', '--actor', 'ada', '--json']);
    expect(ran.code).toBe(0);
    expect(parsed(ran.out)).toMatchObject([{ id: 'a' }]);
    expect(await api.statuses()).toEqual(['compensated', 'failed', 'failed']);
    const retried = (await api.orchestrator.history('a')).find(({ type }) => type === 'retry');
    expect(JSON.parse(retried?.data ?? '')).toMatchObject({ actor: 'ada', reason: 'the bank is back' });
  });

  test('names the user of the machine when nobody else is named', async () => {
    const api = await openParked();
    await api.run(['skip', 'a', '--result', '{"by":"hand"}']);
    const skipped = (await api.orchestrator.history('a')).find(({ type }) => type === 'skip');
    expect(JSON.parse(skipped?.data ?? '')).toMatchObject({
      actor: expect.stringMatching(/./),
      result: { by: 'hand' },
    });
  });

  test('can cancel, compensate and resolve', async () => {
    const api = await openApi(slow);
    for (const id of ['a', 'b']) await api.orchestrator.start('order', { amount: 5 }, { id });
    expect(await api.run(['cancel', 'a'])).toMatchObject({
      code: 0,
      out: [expect.stringContaining('order@1 a compensating (cancelled)')],
    });
    expect(await api.run(['compensate', 'b'])).toMatchObject({
      code: 0,
      out: [expect.stringContaining('(operator)')],
    });
    api.play(stubborn);
    await api.settle('c');
    expect(await api.run(['resolve', 'c', '--as', 'abandoned'])).toMatchObject({
      code: 0,
      out: ['order@1 c abandoned (stepFailed)'],
    });
  });

  test.each([
    [['cancel', 'done'], 4, 'is completed, which is final'],
    [['retry', 'nothing'], 3, "there is no saga 'nothing'"],
    [['retry', 'a', '--if-version', '1'], 4, 'version'],
    [['cancel', 'a'], 4, 'Possible now: retry, skip, resolve.'],
    [['resolve', 'a'], 2, '--as'],
    [['resolve', 'a', '--as', 'well'], 2, 'succeeded, refused, abandoned'],
    [['skip', 'a', '--result', 'nope'], 2, '--result is no JSON'],
    [['retry', '..'], 2, 'no saga'],
    [['retry'], 2, 'name sagas by id, or with --query'],
    [['retry', 'a', '--query', 'name:order'], 2, 'one of both'],
    [['retry', '--query', 'sttus:failed'], 2, "did you mean 'status'?"],
    [['retry', '--query', 'failed'], 2, '"failed" is no filter'],
    [['retry', '--query', 'status:failed status:running'], 2, 'twice'],
    [['retry', '--query', ''], 2, 'nobody to ask'],
  ])('%j ends with %i', async (argv, code, words) => {
    const api = await openParked();
    await api.settle('done');
    const ran = await api.run(argv);
    expect(ran).toMatchObject({ code, out: [] });
    expect(ran.notes).toContain(words);
    expect(await api.statuses()).toEqual(['failed', 'failed', 'failed']);
  });
});

describe('an action on many sagas', () => {
  test('needs --yes where nobody can be asked', async () => {
    const api = await openParked();
    expect(await api.run(['retry', 'a', 'b'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('--yes'),
    });
    expect(await api.run(['retry', '--query', 'status:failed'])).toMatchObject({ code: 2 });
    expect(await api.statuses()).toEqual(['failed', 'failed', 'failed']);
    const query = ['--query', 'name:order status:failed since:1h', '--yes', '--json'];
    const ran = await api.run(['retry', ...query]);
    expect(ran).toMatchObject({ code: 0, notes: expect.stringContaining('retry: 3 of 3 accepted') });
    expect(parsed(ran.out)).toMatchObject([{ action: 'retry', status: 'done', total: 3, failures: [] }]);
    expect(await api.statuses()).toEqual(['compensated', 'compensated', 'compensated']);
  });

  test('asks at a terminal, and does nothing unless the answer is yes', async () => {
    const api = await openParked();
    const refused = await api.run(['retry', 'a', 'b'], { answer: '' });
    expect(refused).toMatchObject({ code: 1, asked: ['retry 2 sagas? [y/N] '] });
    expect(await api.statuses()).toEqual(['failed', 'failed', 'failed']);
    expect(await api.run(['retry', 'a', 'b'], { answer: 'y' })).toMatchObject({ code: 0 });
    expect(await api.statuses()).toEqual(['compensated', 'compensated', 'failed']);
  });

  test('takes ids from stdin, each once', async () => {
    const api = await openParked();
    const { code, notes } = await api.run(['retry', '-', '--yes'], { stdin: 'a\nb\n\na\n' });
    expect({ code, notes }).toEqual({ code: 0, notes: expect.stringContaining('retry: 2 of 2 accepted') });
    expect(await api.run(['retry', '-'], { stdin: 'c\n' })).toMatchObject({
      code: 0,
      out: [expect.stringMatching(/^order@1 c /)],
    });
  });

  test('goes on when some refuse, and tells which and why', async () => {
    const api = await openParked();
    await api.settle('done');
    const { code, out, notes } = await api.run(['retry', 'a', 'done', 'b', 'nothing', '--yes']);
    expect(code).toBe(1);
    expect(out).toEqual([
      expect.stringMatching(/^REFUSED BY/),
      expect.stringMatching(/^done .*'retry' is not possible.*which is final/),
      expect.stringMatching(/^nothing .*there is no saga 'nothing'/),
    ]);
    expect(notes).toContain('retry: 2 of 4 accepted, 2 refused; done');
  });

  test('is done by the nodes as a batch, in as many as it takes to name them all', async () => {
    const api = await openParked();
    const many = Array.from({ length: 1_200 }, (_, index) => `none-${index}`.padEnd(128, 'x'));
    const ran = await api.run(['retry', '-', '--detach', '--yes'], { stdin: ['a', ...many].join('\n') });
    expect(ran).toMatchObject({ code: 0, out: [expect.any(String), expect.any(String)] });
    const batches = await Promise.all(ran.out.map(async (id) => api.orchestrator.batches.get(id)));
    expect(batches.reduce((sum, { total }) => sum + total, 0)).toBe(1_201);
  });

  test('does nothing where no saga matches', async () => {
    const api = await openApi();
    expect(await api.run(['retry', '--query', 'status:failed'])).toMatchObject({
      code: 0,
      out: [],
      notes: 'no saga matches',
    });
  });
});
