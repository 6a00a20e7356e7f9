import { expect, test } from 'vitest';
import { createWorld, goodOrder } from './api-world.ts';

test('what a saga did is given as a test', async () => {
  const { app, orchestrator, post } = await createWorld();
  expect((await post('/v1/sagas', { ...goodOrder, id: 'o1' })).status).toBeLessThan(300);
  await orchestrator.settled('o1', { timeout: 10_000 });
  const response = await app.request('/v1/sagas/o1/test');
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toContain("import { given } from 'sagachart/testing';");
  expect(text).toContain('goes the way of o1');
  expect(text).toContain('"customerId":"c1"');
  expect((await app.request('/v1/sagas/nobody/test')).status).toBe(404);
});

test('what is redacted is redacted there, too', async () => {
  const { app, orchestrator, post } = await createWorld(undefined, { redact: ['customerId'] });
  await post('/v1/sagas', { ...goodOrder, id: 'o1' });
  await orchestrator.settled('o1', { timeout: 10_000 });
  const text = await (await app.request('/v1/sagas/o1/test')).text();
  expect(text).toContain('"customerId":"[redacted]"');
  expect(text).not.toContain('"c1"');
});
