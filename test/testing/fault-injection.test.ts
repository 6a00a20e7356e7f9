import { expect, onTestFinished, test } from 'vitest';
import { MemoryStore } from '../../src/memory/store.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { type Fault, FaultyTransport } from '../../src/testing/fault-injection.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { quick } from '../proof/quick-shop.ts';
import { turn, until } from './turns.ts';

/** An engine whose commands pass a wire with faults. */
async function openShop() {
  const participants = new ScriptedParticipants();
  const wire = new FaultyTransport(participants);
  const node = await createOrchestrator({
    store: new MemoryStore({ clock: systemClock }),
    transport: wire,
    sagas: [quick],
  });
  onTestFinished(() => node.close());
  const run = async (id: string) => {
    await node.start('quick', {}, { id });
    return (await node.settled(id, { timeout: 10_000 })).status;
  };
  return { wire, participants, run };
}

test.each<Fault>(['fail', 'drop', 'dropReply', 'unreachable', 'break', 'duplicate', 'hold'])(
  'a command that meets %s once is asked again, or not at all, and the saga completes',
  async (fault) => {
    const { wire, participants, run } = await openShop();
    wire.next('charge', fault);
    expect(await run('a')).toBe('completed');
    const [first] = wire.passed.filter(({ name }) => name === 'charge');
    expect(first?.fault).toBe(fault);
    const arrived = participants.sent.filter(({ name }) => name === 'charge').length;
    expect(arrived).toBe(fault === 'dropReply' || fault === 'duplicate' ? 2 : 1);
  },
);

test('a command that fails each time turns the saga back, until all is calm', async () => {
  const { wire, run } = await openShop();
  wire.next('charge', 'fail', Number.POSITIVE_INFINITY);
  expect(await run('a')).toBe('compensated');
  wire.calm();
  expect(await run('b')).toBe('completed');
});

test('what is held arrives when it is released', async () => {
  const { wire, participants, run } = await openShop();
  wire.next('charge', 'hold', 2);
  expect(await run('a')).toBe('compensated');
  const before = participants.sent.filter(({ name }) => name === 'charge').length;
  wire.release();
  await until(
    'the held commands arrive',
    () => participants.sent.filter(({ name }) => name === 'charge').length === before + 2,
  );
});

test('a command that is delayed takes its time', async () => {
  const clock = new ManualClock();
  const participants = new ScriptedParticipants();
  const wire = new FaultyTransport(participants, { schedule: (ms, go) => void clock.schedule(ms, go) }).delay(
    'charge',
    500,
  );
  const answers: string[] = [];
  const request = { step: 'charge', op: 'do', attempt: 1 } as never;
  wire.request(request, ({ type }) => void answers.push(type));
  await turn();
  expect(answers).toEqual([]);
  clock.advance(500);
  await turn();
  expect(answers).toEqual(['succeeded']);
  expect(() => new FaultyTransport(participants).delay('charge', 1)).toThrow('schedule');
});
