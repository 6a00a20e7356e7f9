import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { defineSaga } from '../../src/index.ts';
import { describeOrder, type OrderWorld } from './order-world.ts';

const script = fileURLToPath(new URL('../nats/plain-participant.py', import.meta.url));
const python = findPython();

const invoice = defineSaga<{ readonly amount: number }>('invoice', {
  defaults: { timeout: '2s', retry: { initialInterval: 50, maximumAttempts: 3 } },
}).step('charge', { action: 'bank.charge', compensation: { none: 'the bank takes nothing back' } });

describeOrder(
  `a participant in Python that speaks plain NATS${python === undefined ? ' (skipped: no python3 found)' : ''}`,
  (world) => {
    test.skipIf(python === undefined)('serves a step, and refuses one', async () => {
      const bank = await startBank(world());
      try {
        const good = await start(world(), { amount: 12 });
        expect(await world().settled(good)).toBe('completed');
        expect((await world().call('GET', `/v1/sagas/${good}`)).body['results']).toEqual({
          charge: { charged: 12, key: expect.stringContaining(`:${good}:charge:`), op: 'do' },
        });
        const bad = await start(world(), { amount: -1 });
        expect(await world().settled(bad)).toBe('compensated');
        expect((await world().call('GET', `/v1/sagas/${bad}`)).body).toMatchObject({
          causedBy: { error: { code: 'negative_amount' } },
        });
      } finally {
        bank.kill();
        await once(bank, 'exit');
      }
    });
  },
  [invoice],
);

async function start(world: OrderWorld, input: object): Promise<string> {
  const { status, body } = await world.call('POST', '/v1/sagas', { name: 'invoice', input });
  expect(status).toBe(201);
  return String(body['id']);
}

async function startBank({ demo, prefix }: OrderWorld): Promise<ChildProcess> {
  const { hostname, port } = new URL(demo.natsUrl);
  const bank = spawn(python ?? '', [script, hostname, port, `${prefix}.bank.charge`, 'bank'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(bank.stdout, 'data');
  return bank;
}

function findPython(): string | undefined {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return 'python3';
  } catch {
    return undefined;
  }
}
