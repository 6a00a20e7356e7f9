// Restate: the order's four commands as runs of a workflow, on a restate-server with a durable log of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as restate from '@restatedev/restate-sdk';
import { createNatsTransport } from '../../src/nats/index.ts';
import { orderSteps, serveMeasurements } from './measured.ts';

const [, , , natsUrl] = process.argv;
const steps = orderSteps(await createNatsTransport({ url: natsUrl }));
const order = restate.workflow({
  name: 'order',
  handlers: {
    run: async (context, input) => {
      for (const { step, ask } of steps) await context.run(step, () => ask(context.key, input));
    },
  },
});

const [ingress, admin, node, endpoint] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
await restate.serve({ services: [order], port: endpoint });
const folder = mkdtempSync(join(tmpdir(), 'sagachart-restate-'));
const server = spawn(serverBinary(), ['--base-dir', folder, '--node-name', 'peer', '--auto-provision', 'true'], {
  env: {
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_DEFAULT_NUM_PARTITIONS: process.env.PARTITIONS ?? '4',
    RESTATE_LOG_FILTER: 'error',
    DO_NOT_TRACK: '1',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.once('exit', () => server.kill('SIGKILL'));
await until(() => post(`http://127.0.0.1:${admin}/deployments`, { uri: `http://127.0.0.1:${endpoint}` }));

let count = 0;
const run = async () => {
  const id = `peer-${process.pid}-${(count += 1)}`;
  await post(`http://127.0.0.1:${ingress}/order/${id}/run`, { customerId: 'c-1', fails: false });
};
await until(run);
serveMeasurements(run, async () => {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
}

async function until(work) {
  for (const end = Date.now() + 60_000; ; ) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** The package of this platform carries it. */
function serverBinary() {
  const require = createRequire(import.meta.resolve('@restatedev/restate-server/package.json'));
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  return join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'restate-server');
}
