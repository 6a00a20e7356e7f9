import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';
import { createWebhookAlerts } from '../../src/telemetry/webhook-alerts.ts';
import { receiveAlerts } from './webhook-receiver.ts';

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

it('posts an alert as JSON, signed so that its receiver can check who sent it and when', async () => {
  const { url, posted } = await receiveAlerts(204);
  const secret = 'a secret of sixteen';
  const sink = createWebhookAlerts({ url, secret, now: () => 1_700_000_000_000 });
  expect(await sink.send(alert)).toBe('accepted');
  const [{ headers, body } = expect.fail('nothing came')] = posted;
  expect(JSON.parse(body)).toEqual(alert);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'idempotency-key': alert.id,
    'sagachart-alert': 'parked',
    'sagachart-timestamp': '1700000000',
  });
  const expected = createHmac('sha256', secret).update(`1700000000.${body}`).digest('hex');
  expect(headers['sagachart-signature']).toBe(`v1=${expected}`);
});

it('signs nothing without a secret, and sends a user of the URL as Basic authentication', async () => {
  const { url, posted } = await receiveAlerts();
  await createWebhookAlerts({ url: url.replace('//', '//ann:p%40ss@') }).send(alert);
  const { headers } = posted[0] ?? expect.fail('nothing came');
  expect(headers['sagachart-signature']).toBeUndefined();
  expect(headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
});

it.each([
  [500, 'fails'],
  [503, 'fails'],
  [429, 'fails'],
  [401, 'fails'],
  [404, 'fails'],
  [302, 'fails'],
  [400, 'refused'],
  [422, 'refused'],
  [202, 'accepted'],
] as const)('takes an answer of %i as: %s', async (status, meaning) => {
  const { url, posted } = await receiveAlerts(status);
  const sink = createWebhookAlerts({ url });
  if (meaning === 'fails') await expect(sink.send(alert)).rejects.toMatchObject({ code: 'unavailable' });
  else expect(await sink.send(alert)).toBe(meaning);
  expect(posted).toHaveLength(1);
});

it('does not wait for ever, and tells no secret of the URL', async () => {
  const { url } = await receiveAlerts('silence');
  const silent = createWebhookAlerts({ url: `${url}?token=hunter2`, timeout: 50 });
  const error: unknown = await silent.send(alert).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'unavailable', reason: 'webhook' });
  expect(String(error)).not.toContain('hunter2');
  const nobody = createWebhookAlerts({ url: 'http://127.0.0.1:1/?token=hunter2' });
  await expect(nobody.send(alert)).rejects.toThrow(/^The webhook did not answer at all\.$/);
});

it.each(['ftp://host/x', 'no url', ''])('wants an HTTP URL, not %j', (url) => {
  expect(() => createWebhookAlerts({ url })).toThrow(expect.objectContaining({ code: 'definition' }));
});
