import { connect, StringCodec } from 'nats';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { parsed } from './api-world.ts';
import { run } from './in-process.ts';
import { openShop } from './shop.ts';

const missing = natsSkipReason('own');
const codec = StringCodec();
let url: string;

describe.skipIf(missing !== undefined)(
  `sagachart verify-participant${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    beforeAll(async () => {
      const nats = await startNatsServer();
      url = nats.url;
      return () => nats.stop();
    });

    const verify = (...argv: readonly string[]) =>
      run(['verify-participant', ...argv], { env: { NATS_URL: url } });

    test('finds nothing wrong with a participant that has a barrier', async () => {
      const shop = await openShop(url);
      onTestFinished(() => shop.close());
      const { code, out, notes } = await verify(
        'shop',
        '--action',
        'charge',
        '--undo',
        'refund',
        '--input',
        '{"amount":5}',
        '--refused-input',
        '{"amount":-1}',
        '--json',
      );
      const results = parsed(out);
      expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
      expect(results.length).toBeGreaterThanOrEqual(10);
      expect({ code, notes }).toEqual({
        code: 0,
        notes: 'the participant keeps the rules, as far as replies show',
      });
      expect([...shop.effects.values()].every((times) => times === 1)).toBe(true);
    });

    test('skips what it has no input for', async () => {
      const shop = await openShop(url);
      onTestFinished(() => shop.close());
      const { code, out } = await verify('shop', '--action', 'ship');
      expect(code).toBe(0);
      expect(out.filter((line) => line.startsWith('skip')).join()).toMatch(/--undo.*--refused-input/);
    });

    test('finds what a responder gets wrong that only answers JSON', async () => {
      let calls = 0;
      await respond('saga.v1.naive.*', () => JSON.stringify({ call: (calls += 1) }));
      const { code, out } = await verify(
        'naive',
        '--action',
        'book',
        '--undo',
        'cancel',
        '--refused-input',
        '{}',
        '--json',
      );
      const failed = parsed(out)
        .filter(({ status }) => status === 'failed')
        .map(({ name }) => name);
      expect(code).toBe(1);
      expect(failed).toEqual([
        'the same action again is answered the same',
        'the same action twice at once has one result',
        'an action that comes after its undo is not executed',
        'a seal before the action keeps it from ever running',
        'a seal after the action gives its result',
        'a refusal is definite, and stays one',
      ]);
    });

    test('finds one that does not answer, without waiting for ever', async () => {
      await respond('saga.v1.mute.*', () => undefined);
      const { code, out } = await verify('mute', '--action', 'book', '--timeout', '20ms');
      expect(code).toBe(1);
      expect(out[0]).toMatch(/^FAILED.*no answer within 20 ms/);
    });

    test.each([
      [['nobody', '--action', 'x'], 3, 'nobody answers saga.v1.nobody.x'],
      [['a.b', '--action', 'x'], 2, 'is no name'],
      [['shop', '--action', '>'], 2, 'is no name'],
      [['shop'], 2, '--action'],
      [['shop', '--action', 'x', '--input', 'no'], 2, '--input is no JSON'],
    ])('%j ends with %i', async (argv, code, words) => {
      const ran = await verify(...argv);
      expect(ran).toMatchObject({ code, out: [] });
      expect(ran.notes).toContain(words);
    });

    test('ends with 5 when there is no NATS server, and with 2 when none is named', async () => {
      const argv = ['verify-participant', 'shop', '--action', 'x'];
      expect(await run(argv, { env: { NATS_URL: 'nats://u:hunter2@127.0.0.1:1' } })).toMatchObject({
        code: 5,
        notes: expect.not.stringContaining('hunter2'),
      });
      expect(await run(argv)).toMatchObject({
        code: 2,
        notes: expect.stringContaining('NATS_URL is not set'),
      });
    });
  },
);

/** A participant without any library. */
async function respond(subject: string, reply: () => string | undefined): Promise<void> {
  const connection = await connect({ servers: url });
  connection.subscribe(subject, {
    callback: (_error, message) => {
      const text = reply();
      if (text !== undefined) message.respond(codec.encode(text));
    },
  });
  await connection.flush();
  onTestFinished(() => connection.close());
}
