import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DefinitionError } from '../../src/core/errors.ts';
import { toRedact } from '../../src/core/redaction.ts';
import { as, createGuardedWorld } from './auth-world.ts';
import { createWorld } from './api-world.ts';

describe('a rule of redaction', () => {
  it('leaves out what is at the end of its path, wherever that begins', () => {
    const redact = toRedact(['card.number', '*.iban', 'secrets']);
    const given = {
      number: 1,
      card: { number: 2, holder: 'ada' },
      list: [{ card: { Number: { deep: 3 } } }],
      bank: { IBAN: 4 },
      iban: 5,
      secrets: [1, { a: 2 }],
      none: { iban: null },
    };
    expect(redact(given)).toEqual({
      number: 1,
      card: { number: '[redacted]', holder: 'ada' },
      list: [{ card: { Number: '[redacted]' } }],
      bank: { IBAN: '[redacted]' },
      iban: 5,
      secrets: '[redacted]',
      none: { iban: null },
    });
  });

  it('lets nothing through that it leads to, and changes nothing else', () => {
    const redact = toRedact(['secret']);
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, secret) => {
        expect(redact({ a: value })).toEqual({ a: value });
        const hidden = redact([{ value, inner: { secret: `SECRET${secret}` } }]);
        expect(JSON.stringify(hidden)).not.toContain('SECRET');
      }),
    );
  });

  it.each(['', 'a..b', 'a b', '.a', 'a*'])('is refused when it is none: %j', (rule) => {
    expect(() => toRedact([rule])).toThrow(DefinitionError);
  });
});

describe('an API with rules of redaction', () => {
  const redact = ['customerId', '*.iban'];
  const reads = [
    '',
    '/history',
    '/snapshot',
    '/snapshot?seq=1',
    '/chart.json',
    '/chart.mmd',
    '/sequence.mmd',
  ];

  async function createStory(create: typeof createGuardedWorld, tenant: string) {
    const world = await create({ redact }, () => ({ type: 'succeeded', result: { iban: 'SECRET-iban' } }));
    await world.orchestrator.start('order', { customerId: 'SECRET-id', amount: 5 }, { id: 's1', tenant });
    await world.orchestrator.settled('s1', { timeout: 5_000, tenant });
    const see = async (headers: Record<string, string>) => {
      const texts = await Promise.all(
        reads.map(async (path) => (await world.app.request(`/v1/sagas/s1${path}`, { headers })).text()),
      );
      return texts.join('\n');
    };
    return { ...world, see };
  }

  it('hides from viewers and operators what it shows to admins, in every reading', async () => {
    const { app, see } = await createStory(createGuardedWorld, 'a');
    for (const token of ['a-viewer', 'a-operator']) expect(await see(as(token))).not.toContain('SECRET');
    const whole = await see(as('a-admin'));
    expect(whole).toContain('SECRET-id');
    expect(whole).toContain('SECRET-iban');
    const saga = await app.request('/v1/sagas/s1', { headers: as('a-viewer') });
    expect(saga.headers.get('etag')).toBe('"3"');
    expect(await saga.json()).toMatchObject({
      input: { customerId: '[redacted]', amount: 5 },
      results: { charge: { iban: '[redacted]' } },
    });
  });

  it.each(['message', 'cause.error', 'cause'])(
    'hides %s also from who looks at the drawing, which has it above the chart',
    async (rule) => {
      const rules = [rule, 'parked'];
      const { app, orchestrator } = await createGuardedWorld({ redact: rules }, ({ operation }) =>
        operation === 'reserve'
          ? { type: 'succeeded', result: {} }
          : { type: 'refused', error: { code: 'declined', message: 'SECRET card' } },
      );
      await orchestrator.start('order', { customerId: 'c', amount: 5 }, { id: 's1', tenant: 'a' });
      await orchestrator.settled('s1', { timeout: 5_000, tenant: 'a' });
      const draw = async (token: string) => {
        const answer = await app.request('/v1/sagas/s1/chart.svg', { headers: as(token) });
        return [answer.status, await answer.text()] as const;
      };
      const [status, drawn] = await draw('a-viewer');
      expect(status).toBe(200);
      expect(drawn).not.toMatch(/SECRET|undefined/);
      expect((await draw('a-admin'))[1]).toContain('declined (SECRET card)');
    },
  );

  it('leaves everything else of an answer as it is', async () => {
    const { app, post } = await createGuardedWorld({ redact }, () => undefined);
    const input = { customerId: 'SECRET', amount: 5 };
    const started = await post('/v1/sagas', { name: 'order', id: 's1', input }, as('a-operator'));
    expect([started.status, started.headers.get('etag'), started.headers.get('location')]).toEqual([
      201,
      '"1"',
      '/v1/sagas/s1',
    ]);
    const cancelled = await post('/v1/sagas/s1/cancel', { reason: 'test' }, as('a-operator'));
    expect(cancelled.status).toBe(202);
    expect(await cancelled.text()).toContain('"customerId":"[redacted]"');
    const headers = as('a-viewer', { 'If-None-Match': cancelled.headers.get('etag') ?? '' });
    expect((await app.request('/v1/sagas/s1', { headers })).status).toBe(304);
    expect((await app.request('/v1/sagas/s2', { headers })).status).toBe(404);
  });

  it('hides it from everybody where nobody says who they are', async () => {
    const { see } = await createStory((options, script) => createWorld(script, options), 'default');
    expect(await see({})).not.toContain('SECRET');
  });
});
