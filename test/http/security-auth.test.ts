import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import fc from 'fast-check';
import { Hono } from 'hono';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DefinitionError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { declareAccess, publicRoute } from '../../src/http/access.ts';
import type { ApiEnv } from '../../src/http/api.ts';
import { createAuthenticate } from '../../src/http/auth.ts';
import type { JwtOptions } from '../../src/http/auth-jwt.ts';
import { createClient } from '../../src/client/index.ts';
import { problemResponse, toProblem } from '../../src/http/problem.ts';
import { guard } from '../../src/http/security.ts';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';
import { as, createGuardedWorld, sha256, tokens } from './auth-world.ts';

const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
const stranger = await generateKeyPair('RS256');
const pem = await exportSPKI(publicKey);
const rules = { issuer: 'https://id.example', audience: 'sagachart', key: { pem } } satisfies JwtOptions;

/** A good token, unless told otherwise. */
function toJwt(
  claims: Readonly<Record<string, unknown>> = {},
  header: JWTHeaderParameters = { alg: 'RS256', kid: 'k1' },
) {
  return new SignJWT({ role: 'operator', tenant: 'a', ...claims })
    .setProtectedHeader(header)
    .setIssuer(rules.issuer)
    .setAudience(rules.audience)
    .setSubject('ada')
    .setExpirationTime('1h');
}

const world = () => createGuardedWorld({ auth: { tokens, jwt: rules } });

async function statusOf(token: string, path = '/v1/sagas'): Promise<number> {
  const { app } = await world();
  return (await app.request(path, { headers: as(token) })).status;
}

describe('an API token', () => {
  it('is known by its hash alone', async () => {
    const authenticate = createAuthenticate({ tokens });
    expect(await authenticate('a-viewer')).toMatchObject({ subject: 'a-viewer', role: 'viewer' });
    expect(await authenticate(sha256('a-viewer'))).toBeUndefined();
    expect(await authenticate('')).toBeUndefined();
  });

  it('is asked for with the scheme that is wanted, and why another is refused is not said', async () => {
    const { app } = await world();
    const answers = await Promise.all(
      [{}, as('unknown'), { Authorization: 'Basic YTpi' }].map(async (headers) =>
        app.request('/v1/sagas', { headers }),
      ),
    );
    expect(answers.map(({ headers }) => headers.get('www-authenticate'))).toEqual(
      Array.from({ length: 3 }, () => 'Bearer realm="sagachart"'),
    );
    expect(ProblemBody.parse(await answers[1]?.json())).toMatchObject({
      status: 401,
      code: 'unauthenticated',
    });
  });

  it('cannot be configured as itself, nor not at all', () => {
    const plain = { subject: 'x', role: 'viewer', tenants: '*', sha256: 'my-token' } as const;
    expect(() => createAuthenticate({ tokens: [plain] })).toThrow(DefinitionError);
    expect(() => createAuthenticate({})).toThrow(DefinitionError);
    expect(() => createAuthenticate({ tokens: [plain] })).not.toThrow('my-token');
  });

  it('names the actor in the journal, whatever the body says', async () => {
    const { app, orchestrator, post } = await world();
    await post('/v1/sagas', { ...goodOrder, id: 's1' }, as('a-operator'));
    const body = { actor: 'mallory', reason: 'test' };
    expect((await post('/v1/sagas/s1/cancel', body, as('a-operator'))).status).toBe(202);
    const [, cancelled] = await orchestrator.history('s1', { tenant: 'a' });
    expect(JSON.parse(cancelled?.data ?? '')).toEqual({ actor: 'a-operator', reason: 'test' });
    expect((await app.request('/v1/sagas/s1', { headers: as('b-admin') })).status).toBe(404);
  });

  it('chooses among its tenants with a header, and only among these', async () => {
    const { app, post } = await world();
    await post('/v1/sagas', { ...goodOrder, id: 'in-b' }, as('ab-operator', { 'Saga-Tenant': 'b' }));
    await post('/v1/sagas', { ...goodOrder, id: 'in-a' }, as('ab-operator'));
    const idsFor = async (headers: Record<string, string>) => {
      const answer = await app.request('/v1/sagas', { headers });
      const ids = [...(await answer.text()).matchAll(/"id":"(in-\w)"/g)].map(([, id]) => id);
      return [answer.status, ...ids];
    };
    expect(await idsFor(as('ab-operator'))).toEqual([200, 'in-a']);
    expect(await idsFor(as('ab-operator', { 'Saga-Tenant': 'b' }))).toEqual([200, 'in-b']);
    expect(await idsFor(as('all-viewer', { 'Saga-Tenant': 'a' }))).toEqual([200, 'in-a']);
    expect(await idsFor(as('all-viewer'))).toEqual([200]);
    expect(await idsFor(as('a-admin', { 'Saga-Tenant': 'b' }))).toEqual([403]);
    expect(await idsFor(as('all-viewer', { 'Saga-Tenant': 'a/../b' }))).toEqual([403]);
  });
});

describe('a route that does not say whom it is for', () => {
  it('is for admins; that there is none, whoever is known may learn', async () => {
    const app = new Hono<ApiEnv>()
      .use(guard({ auth: { tokens }, logger: silentLogger, now: () => 0 }))
      .onError((error, c) => problemResponse(c, toProblem(error)))
      .get('/new', (c) => c.text('new'))
      .use('/strict/*', publicRoute())
      .get(
        '/strict/a',
        declareAccess(async (_c, next) => next(), { role: 'operator' }),
        (c) => c.text('a'),
      )
      .get('/open', publicRoute(), (c) => c.text('open'));
    const ask = async (path: string, ...tokenOrNone: readonly string[]) =>
      (await app.request(path, { headers: tokenOrNone.length === 0 ? {} : as(tokenOrNone[0] ?? '') })).status;
    expect([await ask('/new'), await ask('/new', 'a-operator'), await ask('/new', 'a-admin')]).toEqual([
      401, 403, 200,
    ]);
    expect([await ask('/none'), await ask('/none', 'a-viewer')]).toEqual([401, 404]);
    expect([await ask('/open'), await ask('/open', 'unknown')]).toEqual([200, 200]);
    // What is open before a route does not open the route.
    const strict = '/strict/a';
    expect([await ask(strict), await ask(strict, 'a-viewer'), await ask(strict, 'a-operator')]).toEqual([
      401, 403, 200,
    ]);
  });
});

describe('the typed client', () => {
  it('shows its token, asked for each time, and chooses a tenant', async () => {
    const { app } = await world();
    const given = ['ab-operator', 'expired'];
    const client = createClient({
      url: 'http://localhost',
      token: () => given.shift() ?? '',
      tenant: 'b',
      fetch: app.request as typeof fetch,
    });
    const started = await client.start(goodOrder.name, goodOrder.input, { id: 's1' });
    expect(started.tenant).toBe('b');
    await expect(client.get('s1')).rejects.toMatchObject({ problem: { status: 401 } });
  });
});

describe('an API that asks nobody', () => {
  it('takes the actor’s word for who it is, and the header’s for the tenant', async () => {
    const { orchestrator, post } = await createWorld(() => undefined);
    await post('/v1/sagas', { ...goodOrder, id: 's1' }, { 'Saga-Tenant': 't' });
    await post('/v1/sagas/s1/cancel', { actor: 'ada' }, { 'Saga-Tenant': 't' });
    const [, cancelled] = await orchestrator.history('s1', { tenant: 't' });
    expect(JSON.parse(cancelled?.data ?? '')).toEqual({ actor: 'ada' });
  });

  it('serves one tenant only, where it is told to', async () => {
    const { app } = await createWorld(undefined, { tenant: 'a' });
    const ask = async (tenant: string) =>
      (await app.request('/v1/sagas', { headers: { 'Saga-Tenant': tenant } })).status;
    expect([await ask('a'), await ask('b')]).toEqual([200, 403]);
  });
});

describe('a JSON Web Token', () => {
  it('says who somebody is, with one role or several, for one tenant or several', async () => {
    const authenticate = createAuthenticate({ jwt: { ...rules, roleClaim: 'realm.roles' } });
    const claims = { realm: { roles: ['other', 'viewer', 'admin'] }, tenant: ['a', 'b'] };
    expect(await authenticate(await toJwt(claims).sign(privateKey))).toEqual({
      subject: 'ada',
      role: 'admin',
      tenants: ['a', 'b'],
      until: expect.toSatisfy((until: number) => until > Date.now() && until <= Date.now() + 3_605_000),
    });
    expect(await statusOf(await toJwt().sign(privateKey))).toBe(200);
    expect(await statusOf(await toJwt({ role: 'viewer' }).sign(privateKey), '/v1/stats')).toBe(200);
  });

  it.each([
    ['signed by another key', () => toJwt().sign(stranger.privateKey)],
    ['of another issuer', () => toJwt().setIssuer('https://evil.example').sign(privateKey)],
    ['for another audience', () => toJwt().setAudience('shop').sign(privateKey)],
    [
      'that is over',
      () =>
        toJwt()
          .setExpirationTime(Date.now() / 1_000 - 60)
          .sign(privateKey),
    ],
    ['that is not valid yet', () => toJwt().setNotBefore('10m').sign(privateKey)],
    ['without a role', () => toJwt({ role: 'root' }).sign(privateKey)],
    ['without a tenant', () => toJwt({ tenant: undefined }).sign(privateKey)],
    ['with a tenant that is none', () => toJwt({ tenant: ['a', '../b'] }).sign(privateKey)],
    ['with all tenants among others', () => toJwt({ tenant: ['*', 'a'] }).sign(privateKey)],
    ['for nobody', () => toJwt().setSubject('').sign(privateKey)],
    ['for somebody whose name is none', () => toJwt().setSubject('a\nb').sign(privateKey)],
  ])('%s is refused', async (_what, make) => {
    expect(await statusOf(await make())).toBe(401);
  });

  it('without an end is refused', async () => {
    const jwt = new SignJWT({ role: 'admin', tenant: '*' })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(rules.issuer)
      .setAudience(rules.audience)
      .setSubject('ada');
    expect(await statusOf(await jwt.sign(privateKey))).toBe(401);
  });

  it('without a signature is refused, however it says so', async () => {
    const none = new UnsecuredJWT({ role: 'admin', tenant: '*' })
      .setIssuer(rules.issuer)
      .setAudience(rules.audience)
      .setSubject('ada')
      .setExpirationTime('1h')
      .encode();
    const [, payload = ''] = none.split('.');
    for (const alg of ['none', 'None', 'NONE', '']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      expect([alg, await statusOf(`${header}.${payload}.`)]).toEqual([alg, 401]);
    }
  });

  it('signed with the public key as a shared secret is refused', async () => {
    for (const alg of ['HS256', 'HS512']) {
      const forged = await toJwt({ role: 'admin' }, { alg }).sign(new TextEncoder().encode(pem));
      expect([alg, await statusOf(forged)]).toEqual([alg, 401]);
    }
    const shared = { ...rules, algorithms: ['HS256'] } as unknown as JwtOptions;
    expect(() => createAuthenticate({ jwt: shared })).toThrow(DefinitionError);
  });

  it('may not bring its own key', async () => {
    const jwk = await exportJWK(stranger.publicKey);
    const header = { alg: 'RS256', jwk, jku: 'http://127.0.0.1:1/keys' };
    const forged = await toJwt({ role: 'admin' }, header).sign(stranger.privateKey);
    expect(await statusOf(forged)).toBe(401);
  });

  it('is accepted a little after its end, for clocks differ', async () => {
    const late = await toJwt()
      .setExpirationTime(Date.now() / 1_000 - 2)
      .sign(privateKey);
    expect(await statusOf(late)).toBe(200);
  });

  it('is checked with keys from where the issuer has them; while they cannot be had, nobody is refused for it', async () => {
    let isUp = false;
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
    const issuer = createServer((_, answer) => {
      answer.statusCode = isUp ? 200 : 500;
      answer.end(JSON.stringify({ keys: [jwk] }));
    }).listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    onTestFinished(() => void issuer.close());
    const jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
    const { app } = await createGuardedWorld({ auth: { jwt: { ...rules, key: { jwksUrl } } } });
    const ask = async (token: string) => (await app.request('/v1/sagas', { headers: as(token) })).status;
    const good = await toJwt().sign(privateKey);
    expect(await ask(good)).toBe(503);
    isUp = true;
    expect(await ask(good)).toBe(200);
    expect(await ask(await toJwt().sign(stranger.privateKey))).toBe(401);
  });

  it.each(['http://id.example/keys', 'file:///etc/keys', 'keys'])(
    'is not checked with keys from %s',
    (jwksUrl) => {
      expect(() => createAuthenticate({ jwt: { ...rules, key: { jwksUrl } } })).toThrow(DefinitionError);
    },
  );
});

describe('whatever is sent as a token', () => {
  it('never breaks the server, and lets nobody in', async () => {
    const { app, logged } = await world();
    const good = await toJwt().sign(privateKey);
    const part = fc.oneof(
      fc.base64String({ maxLength: 40 }),
      fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString('base64url')),
      fc
        .record({
          alg: fc.constantFrom('RS256', 'ES256', 'HS256', 'none', 'x'),
          kid: fc.string(),
          crit: fc.anything(),
        })
        .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
      fc.constantFrom(...good.split('.')),
    );
    const token = fc.oneof(
      fc.string({ maxLength: 100 }),
      fc.tuple(part, part, part).map((parts) => parts.join('.')),
      fc.nat(good.length - 1).map((at) => `${good.slice(0, at)}${good.slice(at + 1)}`),
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.nat(20_000).map((length) => 'a'.repeat(length)),
    );
    const scheme = fc.constantFrom('Bearer ', 'bearer ', 'Bearer', 'Basic ', '', 'Bearer  ', 'Bearer\t');
    await fc.assert(
      fc.asyncProperty(scheme, token, async (before, text) => {
        fc.pre(isHeader(before + text) && text !== good);
        const { status } = await app.request('/v1/sagas', { headers: { Authorization: before + text } });
        // 431: the header is longer than any token.
        expect([401, 431]).toContain(status);
      }),
      { numRuns: 150 },
    );
    expect(logged).toEqual([]);
  });
});

function isHeader(text: string): boolean {
  try {
    return new Headers({ Authorization: text }).has('authorization');
  } catch {
    return false;
  }
}
