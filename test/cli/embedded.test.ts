import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type CliProcess, sagasProgram, startCli } from './cli-process.ts';
import { run } from './in-process.ts';
import { openShop } from './shop.ts';

test('a node with its embedded parts needs no servers, and keeps its directory to itself', async () => {
  const data = mkdtempSync(join(tmpdir(), 'sagachart-embedded-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const { node, url, nats } = await serve(data);
  const shop = await openShop(nats);
  const started = await run([
    'start',
    'order',
    '--id',
    'o1',
    '--input',
    '{"amount":5}',
    '--wait',
    '--url',
    url,
  ]);
  expect(started).toMatchObject({ code: 0, out: ['order@1 o1 completed'] });
  const other = await start(data).ended();
  expect(other).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(join(data, 'db')) });
  await shop.close();
  expect(await node.stop('SIGTERM')).toBe(0);
}, 60_000);

async function serve(
  data: string,
): Promise<{ readonly node: CliProcess; readonly url: string; readonly nats: string }> {
  const node = start(data);
  onTestFinished(async () => void (await node.stop('SIGKILL')));
  return { node, nats: await node.until(/NATS +(nats:\S+) /), url: await node.until(/API +(http:\S+)/) };
}

function start(data: string): CliProcess {
  const env = { SAGACHART_DATA: join(data, 'db'), SAGACHART_NATS_PORT: '0' };
  return startCli(['serve', sagasProgram, '--embedded', '--port', '0'], env);
}
