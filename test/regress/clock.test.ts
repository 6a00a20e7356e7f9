import { expect, it } from 'vitest';
import { until } from '../testing/turns.ts';
import { createCluster, failed } from './scene.ts';

it('T15 temporal#425: a saga that was due long before a node joined is claimed by it', async () => {
  const { node, clock } = createCluster();
  const full = await node({ limits: { maxActors: 0 } });
  await full.orchestrator.start('order', {}, { id: 'a' });
  full.kill();
  clock.advance(3_000_000);
  const one = await node();
  await one.pass(500);
  expect(one.sent()).toEqual(['reserve']);
});

it.each([-3_600_000, 3_600_000])(
  'T61 stroom#5772: a node whose clock is wrong by %i ms takes nothing from those who live, and its timers are right',
  async (skew) => {
    const { node, clock } = createCluster();
    const one = await node();
    await one.orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => one.participants.held.length === 1);
    const wrong = new Proxy(clock, {
      get: (target, name) => {
        if (name === 'now') return () => target.now() + skew;
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const two = await node({ clock: wrong });
    await one.pass(5_000);
    expect([two.sent(), (await one.row('a')).epoch]).toEqual([[], 1]);
    await two.orchestrator.start('order', {}, { id: 'b' });
    await until('its command', () => two.participants.held.length === 1);
    two.participants.answer('reserve', failed);
    await two.reaches('b', 'running.reserve.backoff');
    const [due = 0] = Object.values((await two.orchestrator.get('b')).timers);
    expect(Math.abs(due - clock.now())).toBeLessThan(3_600_000);
    await two.pass(1_500);
    expect(two.participants.sent.map(({ request }) => request.attempt)).toEqual([1, 2]);
  },
);
