import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { idsOf, obliging, openApi, parsed, slow, stubborn } from './api-world.ts';
import { closedAddress, run } from './in-process.ts';

const good = ['--input', '{"amount":5}'];

describe('sagachart start', () => {
  test('starts a saga and says which', async () => {
    const api = await openApi();
    const { code, out } = await api.run([
      'start',
      'order',
      ...good,
      '--id',
      'o1',
      '--attribute',
      'customer=c1',
      '--attribute',
      'a=b=c',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(parsed(out)).toMatchObject([
      { id: 'o1', definition: { name: 'order' }, attributes: { customer: 'c1', a: 'b=c' } },
    ]);
  });

  test('reads the input from a file and from stdin', async () => {
    const api = await openApi();
    const cwd = mkdtempSync(join(tmpdir(), 'sagachart-start-'));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    writeFileSync(join(cwd, 'order.json'), '{"amount":7}');
    expect((await api.run(['start', 'order', '--id', 'file', '--input', '@order.json'], { cwd })).code).toBe(
      0,
    );
    expect(
      (await api.run(['start', 'order', '--id', 'stdin', '--input', '-'], { stdin: '{"amount":8}' })).code,
    ).toBe(0);
    expect((await api.orchestrator.get('file')).input).toEqual({ amount: 7 });
    expect((await api.orchestrator.get('stdin')).input).toEqual({ amount: 8 });
  });

  test('the same key is the same saga, and another request under it is refused', async () => {
    const api = await openApi();
    const first = await api.run(['start', 'order', ...good, '--key', 'k', '--json']);
    const second = await api.run(['start', 'order', ...good, '--key', 'k', '--json']);
    expect(parsed(second.out)[0]?.['id']).toBe(parsed(first.out)[0]?.['id']);
    expect((await api.run(['start', 'order', '--input', '{"amount":6}', '--key', 'k'])).code).toBe(2);
  });

  test('waits for the end when asked to, and ends as the saga does', async () => {
    const api = await openApi();
    expect(await api.run(['start', 'order', ...good, '--wait'])).toMatchObject({
      code: 0,
      out: [expect.stringMatching(/^order@1 \S+ completed$/)],
    });
    api.play(stubborn);
    expect(await api.run(['start', 'order', ...good, '--wait', '20s'])).toMatchObject({
      code: 1,
      out: [expect.stringMatching(/ failed \(stepFailed\) at undoReserve$/)],
    });
    api.play(slow);
    const late = await api.run(['start', 'order', ...good, '--wait', '50ms']);
    expect(late).toMatchObject({ code: 124, out: [] });
    expect(late.notes).toMatch(/not settled after 50 ms/);
  });

  test.each([
    [['start'], 2, 'missing required argument'],
    [['start', 'order', '--input', '{'], 2, '--input is no JSON'],
    [['start', 'order', '--input', '@none.json'], 2, 'cannot read'],
    [['start', 'order', '--input', '{"amount":"x"}'], 2, '/input/amount'],
    [['start', 'nothing', ...good], 3, "there is no saga 'nothing'"],
    [['start', 'order', ...good, '--saga-version', '9'], 3, 'version 9'],
    [['start', 'order', ...good, '--saga-version', 'x'], 2, 'Write a whole number'],
    [['start', 'order', ...good, '--id', 'not an id'], 2, '/id'],
    [['start', 'order', ...good, '--attribute', 'x'], 2, 'Write name=value'],
    [['start', 'order', ...good, '--wait', 'soon'], 2, 'Write a duration'],
    [['strat', 'order'], 2, 'start'],
    [['ls', '--staus', 'failed'], 2, '--status'],
    [[], 2, 'Usage'],
  ])('%j ends with %i', async (argv, code, words) => {
    const api = await openApi();
    const ran = await api.run(argv);
    expect(ran).toMatchObject({ code, out: [] });
    expect(ran.notes).toContain(words);
  });
});

describe('sagachart ls', () => {
  test('lists sagas, newest first, across pages, up to a limit', async () => {
    const api = await openApi();
    for (let index = 0; index < 230; index++) await api.orchestrator.start('ping', {}, { id: `p${index}` });
    const all = parsed((await api.run(['ls', '--json', '--limit', '1000'])).out);
    expect(all).toHaveLength(230);
    expect(new Set(all.map(({ id }) => id)).size).toBe(230);
    const some = await api.run(['ls', '--json', '--limit', '210']);
    expect(parsed(some.out).map(({ id }) => id)).toEqual(all.slice(0, 210).map(({ id }) => id));
    expect(some.notes).toContain('there are more');
    expect((await api.run(['ls', '--limit', '230'])).notes).toBe('');
  });

  test('filters', async () => {
    const api = await openApi(stubborn);
    await api.settle('parked');
    api.play(obliging);
    await api.settle('fine');
    const ids = async (...flags: string[]) =>
      parsed((await api.run(['ls', '--json', ...flags])).out).map(({ id }) => id);
    expect(await ids('--status', 'failed,running')).toEqual(['parked']);
    expect(await ids('--cause', 'stepFailed', '--name', 'order')).toEqual(['parked']);
    expect(await ids('--until', '1h')).toEqual([]);
    expect(await ids('--since', '1h', '--status', 'completed')).toEqual(['fine']);
    expect(await api.run(['ls', '--status', 'failing'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('/status'),
    });
    expect(await api.run(['ls', '--since', 'yesterday'])).toMatchObject({ code: 2 });
    expect(await api.run(['ls', '--cause', 'none'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('timedOut'),
    });
  });

  test('prints a table, or a note when there is nothing', async () => {
    const api = await openApi();
    expect(await api.run(['ls'])).toMatchObject({ code: 0, out: [], notes: 'no saga matches' });
    await api.settle('o1');
    const { out } = await api.run(['ls']);
    expect(out[0]).toMatch(/^ID +SAGA +STATUS +STEP +CAUSE +STARTED +MOVED +ERROR$/);
    expect(out[1]).toMatch(/^o1 +order@1 +completed +- +- +\d{4}-/);
  });
});

describe('sagachart show', () => {
  test('draws a parked saga and says why it waits and what is possible', async () => {
    const api = await openApi(stubborn);
    await api.settle('o1');
    const { code, out } = await api.run(['show', 'o1']);
    const text = out.join('\n');
    expect(code).toBe(0);
    expect(out[0]).toBe('order@1 o1  failed');
    expect(text).toContain('forward  [x] reserve --> [!] charge --> [ ] ship\nundo     [!] release\n');
    expect(text).toMatch(/went back: stepFailed, charge: no_money: no/);
    expect(text).toContain('waits for a person: undoReserve is refused');
    expect(text).toMatch(/^possible +retry, skip, resolve$/m);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('gives the whole saga as JSON, and colours only where they are wanted', async () => {
    const api = await openApi();
    await api.settle('o1');
    expect(parsed((await api.run(['show', 'o1', '--json'])).out)).toMatchObject([
      { id: 'o1', status: 'completed', steps: [{ name: 'reserve' }, {}, {}] },
    ]);
    expect((await api.run(['show', 'o1'], { hasColour: true })).out[0]).toContain('\u001B[32mcompleted');
    expect((await api.run(['show', 'o1', '--no-color'], { hasColour: true })).out[0]).toBe(
      'order@1 o1  completed',
    );
  });

  test.each([
    ['unknown', 3],
    ['not an id', 2],
    ['../definitions', 2],
    ['', 2],
  ])('of %j ends with %i', async (id, code) => {
    const api = await openApi();
    expect(await api.run(['show', id])).toMatchObject({ code, out: [] });
  });
});

describe('sagachart events and watch', () => {
  test('print the journal, whole or from a position', async () => {
    const api = await openApi(stubborn);
    await api.settle('o1');
    const entries = parsed((await api.run(['events', 'o1', '--json'])).out);
    expect(entries.map(({ type }) => type)).toEqual([
      'start',
      'reserve.succeeded',
      'charge.refused',
      'undoReserve.refused',
    ]);
    expect((await api.run(['events', 'o1', '--after', '2'])).out).toHaveLength(2);
    expect(await api.run(['events', 'nothing'])).toMatchObject({ code: 3 });
  });

  test('follow a journal to the end of its saga, across pages of it', async () => {
    const api = await openApi(slow);
    await api.orchestrator.start('order', { amount: 5 }, { id: 'o1' });
    const following = api.run(['events', 'o1', '-f', '--json', '--interval', '10ms']);
    await expect.poll(async () => (await api.orchestrator.get('o1')).version).toBe(2);
    api.play(obliging);
    await api.orchestrator.cancel('o1');
    const { code, out } = await following;
    const seqs = parsed(out).map(({ seq }) => seq);
    expect(code).toBe(0);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(parsed(out).at(-1)).toMatchObject({ status: 'compensated' });
    const { version } = await api.orchestrator.get('o1');
    expect(await api.run(['events', 'o1', '-f', '--after', String(version)])).toMatchObject({
      code: 0,
      out: [],
    });
  });

  test('watch one saga to its end, and end as it does', async () => {
    const api = await openApi();
    await api.orchestrator.start('order', { amount: 5 }, { id: 'o1' });
    const watched = await api.run(['watch', 'o1', '--json', '--interval', '5ms']);
    expect(watched.code).toBe(0);
    expect(parsed(watched.out).at(-1)).toMatchObject({ status: 'completed' });
    api.play(stubborn);
    await api.settle('o2');
    expect(await api.run(['watch', 'o2'])).toMatchObject({
      code: 1,
      out: [expect.stringContaining('failed')],
    });
    api.play(slow);
    await api.orchestrator.start('order', { amount: 5 }, { id: 'o3' });
    expect(await api.run(['watch', 'o3', '--timeout', '30ms', '--interval', '5ms'])).toMatchObject({
      code: 124,
    });
  });

  test('watch many, each printed once for each time it moved', async () => {
    const api = await openApi();
    await api.settle('o1');
    await api.settle('o2');
    const { code, out } = await api.run([
      'watch',
      '--json',
      '--status',
      'completed',
      '--timeout',
      '60ms',
      '--interval',
      '5ms',
    ]);
    expect(code).toBe(0);
    expect(idsOf(out)).toEqual(['o1', 'o2']);
  });
});

describe('definitions and charts', () => {
  test('come from a node', async () => {
    const api = await openApi();
    expect(parsed((await api.run(['definitions', '--json'])).out).map(({ name }) => name)).toEqual([
      'order',
      'ping',
    ]);
    expect((await api.run(['definitions', 'order'])).out.join('\n')).toMatch(
      /^reserve +compensatable +- +shop\.reserve +shop\.release/m,
    );
    expect(await api.run(['definitions', 'nothing'])).toMatchObject({
      code: 3,
      notes: expect.stringContaining('order, ping'),
    });
    expect((await api.run(['chart', 'order'])).out.join('\n')).toContain('stateDiagram-v2');
    expect(JSON.parse((await api.run(['chart', 'order@1', '-o', 'machine'])).out.join('\n'))).toMatchObject({
      id: 'order',
    });
    expect(await api.run(['chart', 'order@7'])).toMatchObject({ code: 3 });
    expect(await api.run(['chart', '../x'])).toMatchObject({ code: 2 });
    const printed = async (...args: readonly string[]) => (await api.run(['chart', ...args])).out.join('\n');
    expect(JSON.parse(await printed('order', '-o', 'json'))).toMatchObject({ name: 'order' });
    expect(await printed('order', '-o', 'svg')).toMatch(/^<svg [^]*reserve[^]*<\/svg>$/);
    expect(await printed('order', '-o', 'svg')).not.toContain('data-state="running.reserve.executing"');
    expect(await printed('order', '-o', 'svg', '--view', 'full')).toContain(
      'data-state="running.reserve.executing"',
    );
    expect(await printed('order', '-o', 'sequence')).toContain('sequenceDiagram');
    await api.settle('o1');
    expect(await printed('--saga', 'o1')).toMatch(/class completed active/);
    expect(await printed('--saga', 'o1', '-o', 'svg')).toContain('class="sagachart is-completed"');
    expect(JSON.parse(await printed('--saga', 'o1', '-o', 'json'))).toMatchObject({
      marks: { status: 'completed' },
    });
    expect(await printed('--saga', 'o1', '-o', 'sequence')).toContain('sequenceDiagram');
    expect(await api.run(['chart', '--saga', 'o1', '-o', 'machine'])).toMatchObject({ code: 2 });
  });
});

describe('an API that cannot be used', () => {
  test('ends with 5 when nobody listens, or something else does', async () => {
    expect(await run(['ls', '--url', `http://${await closedAddress()}`])).toMatchObject({
      code: 5,
      notes: expect.stringMatching(
        /no API answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\n.*sagachart serve/,
      ),
    });
    const other = await otherServer('<html>hello</html>');
    expect(await run(['ls', '--url', other])).toMatchObject({
      code: 5,
      notes: expect.stringContaining('is no JSON'),
    });
    expect(await run(['show', 'o1', '--url', await otherServer('gone', 404)])).toMatchObject({
      code: 5,
      notes: expect.stringContaining('answered 404'),
    });
  });

  test('ends with 5 when it is closing, and with 2 when its address is none', async () => {
    const api = await openApi();
    await api.orchestrator.close();
    expect(await api.run(['start', 'order', ...good])).toMatchObject({ code: 5 });
    expect(await run(['ls', '--url', 'localhost:7411'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('the option for api.url'),
    });
  });

  test('is sent a user and password as Basic authentication', async () => {
    let authorization: string | undefined;
    const url = await otherServer('{"sagas":[],"next":null}', 200, (header) => (authorization = header));
    expect(await run(['ls', '--url', url.replace('//', '//me:p%40ss@')])).toMatchObject({ code: 0 });
    expect(authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });
});

async function otherServer(
  body: string,
  status = 200,
  told: (authorization: string | undefined) => void = () => undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    told(request.headers.authorization);
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
