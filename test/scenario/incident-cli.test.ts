import { expect, test } from 'vitest';
import { runProcess } from '../cli/cli-process.ts';
import { run } from '../cli/in-process.ts';
import { openIncident, orderIds, tokens } from './incident-world.ts';

test('an incident is found, understood and mended with the command line alone, and it is on record who did what', async () => {
  const { url, mend, effectsOf } = await openIncident();
  const envOf = (who: keyof typeof tokens) => ({ SAGACHART_URL: url, SAGACHART_TOKEN: tokens[who] });
  /** Each command is a process of its own. */
  const cli = async (who: keyof typeof tokens, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await runProcess(args, envOf(who));
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { code, lines, stderr };
  };
  const json = (lines: readonly string[]) =>
    lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

  // Twenty orders come in while the bank is down.
  for (const id of orderIds) {
    const start = ['start', 'order', '--id', id, '--input', `{"customer":"c-${id}"}`, '--wait'];
    expect((await run(start, { env: envOf('ada') })).code).toBe(1);
  }

  // Which ones, and what they have in common.
  const ls = await cli('ada', 'ls', '--status', 'failed', '--error', 'bank_down', '--json', '--limit', '50');
  expect(
    json(ls.lines)
      .map(({ id }) => String(id))
      .toSorted(),
  ).toEqual(orderIds);
  const errors = await cli('ada', 'errors', '--name', 'order', '--json');
  expect(json(errors.lines)).toMatchObject([{ step: 'charge', code: 'bank_down', count: 20 }]);
  const show = await cli('ada', 'show', 'o-01');
  expect(show.lines.join('\n')).toMatch(/waits for a person: charge .*bank_down/);

  // One customer does not want to wait, another has paid in cash.
  const preview = await cli('grace', 'decide', 'o-01', '--choice', 'compensate', '--dry-run');
  expect([preview.code, preview.lines.join('\n')]).toEqual([0, expect.stringContaining('compensating')]);
  expect(effectsOf('o-01')).toEqual(['stock.reserve']);
  const why = '--reason';
  const decided = await cli('grace', 'decide', 'o-01', '--choice', 'compensate', why, 'went elsewhere');
  expect(decided).toMatchObject({ code: 0 });
  const result = ['--result', '{"paid":"in cash"}'];
  const resolved = await cli('ada', 'resolve', 'o-02', '--as', 'succeeded', ...result, why, 'paid in cash');
  expect(resolved).toMatchObject({ code: 0 });

  // The bank is back: all others are tried again.
  mend();
  const query = ['--query', 'name:order status:failed', '--yes', why, 'the bank is back'];
  expect((await cli('ada', 'retry', ...query)).code).toBe(4);
  expect((await cli('grace', 'retry', ...query)).code).toBe(0);
  const watched = await cli('ada', 'watch', 'o-20', '--timeout', '20s');
  expect(watched.code).toBe(0);

  // Nobody waits any more, and it is on record.
  const left = async () => (await run(['ls', '--status', 'failed', '--json'], { env: envOf('ada') })).out;
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  expect(effectsOf('o-01')).toEqual(['stock.reserve', 'bank.refund', 'stock.release']);
  expect(effectsOf('o-02')).toEqual(['stock.reserve', 'parcels.ship']);
  expect(effectsOf('o-20')).toEqual(['stock.reserve', 'bank.charge', 'parcels.ship']);
  const audit = json((await cli('ada', 'audit', '--json')).lines);
  const told = audit.map(({ sagaId, action, actor, reason }) => [sagaId, action, actor, reason].join(' '));
  expect(told.toSorted()).toEqual([
    'o-01 decide grace went elsewhere',
    'o-02 resolve ada paid in cash',
    ...orderIds.slice(2).map((id) => `${id} retry grace the bank is back`),
  ]);
}, 120_000);
