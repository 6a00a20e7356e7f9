import { connect } from 'nats';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { createNatsAlerts } from '../../src/nats/alerts.ts';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';

const why = natsSkipReason('own');
const alert: Alert = {
  id: 'default:o-1:4:parked',
  kind: 'parked',
  text: 'Saga order o-1 is parked.',
  tenant: 'default',
  sagaId: 'o-1',
  saga: 'order',
  definitionVersion: 1,
  version: 4,
  status: 'failed',
  since: '2026-01-01T00:00:00.000Z',
};

describe.skipIf(why !== undefined)(`alerts over NATS${why === undefined ? '' : ` (${why})`}`, () => {
  it('go to a subject of their saga and kind, as JSON, with an id to know them again by', async () => {
    const server = await startServer();
    const listener = await connect({ servers: server.url });
    onTestFinished(() => listener.close());
    const heard = listener.subscribe('saga.v1.alerts.order.*', { max: 1 });
    await listener.flush();
    const sink = await createNatsAlerts({ url: server.url });
    onTestFinished(() => sink.close());
    expect(await sink.send(alert)).toBe('accepted');
    for await (const message of heard) {
      expect([message.subject, message.json()]).toEqual(['saga.v1.alerts.order.parked', alert]);
      expect(message.headers?.get('Nats-Msg-Id')).toBe(alert.id);
    }
  });

  it('are not sent while the server is away, and are again when it is back', async () => {
    const server = await startServer();
    const sink = await createNatsAlerts({ url: server.url, timeout: 1_000 });
    onTestFinished(() => sink.close());
    await server.stop('SIGKILL');
    await expect
      .poll(() => sink.send(alert).catch((error: unknown) => error))
      .toMatchObject({
        code: 'unavailable',
      });
    await server.restart();
    await expect.poll(() => sink.send(alert).catch(() => 'not yet'), { timeout: 10_000 }).toBe('accepted');
  });
});

async function startServer() {
  const server = await startNatsServer();
  onTestFinished(() => server.stop());
  return server;
}
