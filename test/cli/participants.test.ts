import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/cli/listen.ts';
import { createApp } from '../../src/http/app.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { openApi, parsed } from './api-world.ts';
import { run } from './in-process.ts';
import { order } from './shop-sagas.ts';

test('who answers commands is a table for people and a line of JSON each for programs', async () => {
  const { run: runHere, settle } = await openApi();
  await settle('o1');
  const table = await runHere(['participants']);
  expect(table.code).toBe(0);
  expect(table.out[0]).toMatch(/^PARTICIPANT +VERSION +INSTANCES +REQUESTS +ERRORS +AVERAGE +OPERATIONS$/);
  expect(table.out[1]).toMatch(
    /^shop +1\.0\.0 +1 +3 +0 +[\d.]+ ms +reserve release charge refund ship ping$/,
  );
  const json = await runHere(['participants', '--json']);
  expect(parsed(json.out)).toMatchObject([{ name: 'shop', requests: 3, instances: 1 }]);
});

test('an operation that nobody is seen to offer is named, and the command fails', async () => {
  const store = new MemoryStore({ clock: systemClock });
  const transport = new InProcessTransport();
  const orchestrator = await createOrchestrator({ store, transport, sagas: [order] });
  const app = createApp({ orchestrator });
  const server = await listen((request) => app.fetch(request), { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await server.close();
    await orchestrator.close();
  });
  const ended = await run(['participants', '--url', server.url]);
  expect(ended).toMatchObject({ code: 1, out: [] });
  expect(ended.notes.split('\n')).toEqual(
    ['charge', 'refund', 'release', 'reserve', 'ship'].map((name) => `nobody is seen to offer shop.${name}`),
  );
});
