import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StreamLimit } from '../../src/http/stream-limit.ts';
import type { createWorld } from './api-world.ts';
import { as, createGuardedWorld, tokens } from './auth-world.ts';

type App = Awaited<ReturnType<typeof createWorld>>['app'];

async function open(app: App, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const answer = await app.request('/v1/stream', { method, headers });
  const reader = answer.body?.getReader();
  onTestFinished(async () => {
    await reader?.cancel();
  });
  return { status: answer.status, answer, reader };
}

describe('streams', () => {
  it('of one caller are so many, and of all so many; one that is closed makes room', async () => {
    const { app } = await createGuardedWorld({ rateLimits: { streams: { caller: 2, all: 3 } } });
    const first = await open(app, as('a-viewer'));
    expect([first.status, (await open(app, as('a-viewer'))).status]).toEqual([200, 200]);
    const refused = await open(app, as('a-viewer'));
    expect([refused.status, refused.answer.headers.get('retry-after')]).toEqual([429, '10']);
    expect((await open(app, as('b-viewer'))).status).toBe(200);
    expect((await open(app, as('a-operator'))).status).toBe(429);
    await first.reader?.cancel();
    await vi.waitFor(async () => expect((await open(app, as('a-operator'))).status).toBe(200));
  });

  it('are not begun for a HEAD, which nobody would read', async () => {
    const { app } = await createGuardedWorld({ rateLimits: { streams: { caller: 1 } } });
    for (let index = 0; index < 3; index += 1)
      expect((await open(app, as('a-viewer'), 'HEAD')).status).toBe(200);
    expect((await open(app, as('a-viewer'))).status).toBe(200);
  });

  it('are counted once, however often one ends', () => {
    const limit = new StreamLimit({ caller: 1, all: 2 });
    const leave = limit.enter('a');
    expect(() => limit.enter('a')).toThrow('of yours');
    limit.enter('b');
    expect(() => limit.enter('c')).toThrow('Too many streams are open');
    leave();
    leave();
    limit.enter('c');
    expect(() => limit.enter('a')).toThrow('Too many streams are open');
  });

  it('end with the token that they were opened with', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const rules = { issuer: 'https://id.example', audience: 'sagachart' };
    const jwt = { ...rules, key: { pem: await exportSPKI(publicKey) } };
    // The app's clock is two hours ahead of the token.
    const now = () => Date.now() + 7_200_000;
    const { app } = await createGuardedWorld({ auth: { tokens, jwt }, now });
    const token = await new SignJWT({ role: 'viewer', tenant: 'a' })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(rules.issuer)
      .setAudience(rules.audience)
      .setSubject('ada')
      .setExpirationTime('1h')
      .sign(privateKey);
    const { status, reader } = await open(app, as(token));
    expect(status).toBe(200);
    for (let part = await reader?.read(); part?.done !== true; part = await reader?.read());
    expect(await reader?.closed).toBeUndefined();
  });
});
