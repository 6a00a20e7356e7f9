import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../src/embedded/broker.ts';
import { ProtocolParser, ProtocolViolation, type Publication } from '../../src/embedded/broker-parser.ts';
import { SubjectTree } from '../../src/embedded/broker-subjects.ts';
import { openRaw } from './raw-client.ts';

const token = fc.constantFrom('a', 'b', 'c', '*', '>', 'inbox', '');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const words = fc.constantFrom(
  'PUB',
  'HPUB',
  'SUB',
  'UNSUB',
  'PING',
  'PONG',
  'CONNECT',
  'MSG',
  'INFO',
  '-ERR',
  '+OK',
  'a',
  'a.b',
  '>',
  '1',
  '0',
  '-1',
  '5',
  '99999999',
  '{"verbose":false}',
  '{',
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  '\u0000',
  'ÿ',
);
const nonsense = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' ')),
  fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
);
const sensible = fc.oneof(
  fc.tuple(subject, fc.nat(9)).map(([at, sid]) => `SUB ${at} ${sid}\r\n`),
  fc.tuple(subject, fc.nat(3), fc.nat(9)).map(([at, queue, sid]) => `SUB ${at} q${queue} ${sid}\r\n`),
  fc.tuple(fc.nat(9), fc.nat(3)).map(([sid, max]) => `UNSUB ${sid} ${max}\r\n`),
  fc
    .tuple(subject, fc.string({ unit: 'binary-ascii', maxLength: 50 }))
    .map(([at, body]) => `PUB ${at} inbox.1 ${body.length}\r\n${body}\r\n`),
  fc.constantFrom(
    'PING\r\n',
    'CONNECT {"headers":true,"no_responders":true,"verbose":false}\r\n',
    'CONNECT {"echo":false}\r\n',
  ),
);
const conversation = fc.array(
  fc.oneof({ weight: 4, arbitrary: sensible }, { weight: 1, arbitrary: nonsense }),
  { maxLength: 30 },
);

describe('whatever clients send', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.close());

  test('the broker lives, and serves others', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, fc.integer({ min: 1, max: 400 }), async (parts, chunk) => {
        const client = await openRaw(broker.url);
        const bytes = Buffer.from(parts.join(''), 'latin1');
        for (let offset = 0; offset < bytes.length; offset += chunk)
          client.send(bytes.subarray(offset, offset + chunk));
        const witness = await openRaw(broker.url);
        witness.send(
          'CONNECT {"verbose":false}\r\nSUB witness.only 1\r\nPUB witness.only 2\r\nok\r\nPING\r\n',
        );
        await witness.until('PONG');
        expect(witness.received()).toContain('MSG witness.only 1 2\r\nok\r\n');
        witness.end();
        client.end();
      }),
      { numRuns: 300 },
    );
  });
});

describe('the protocol parser', () => {
  test('finds the same commands however the bytes are cut', () => {
    fc.assert(
      fc.property(
        conversation,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''), 'latin1');
          expect(parse(bytes, cuts)).toEqual(parse(bytes, [bytes.length || 1]));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('never keeps more than the limits allow', () => {
    const parser = new ProtocolParser(record([]), 100);
    expect(() => {
      for (let index = 0; index < 5000; index += 1) parser.feed(Buffer.from('x'));
    }).toThrow(ProtocolViolation);
    expect(() => new ProtocolParser(record([]), 100).feed(Buffer.from('PUB a 101\r\n'))).toThrow(
      'Maximum Payload Violation',
    );
  });

  test('reads a large payload that comes byte by byte', () => {
    const log: unknown[] = [];
    const parser = new ProtocolParser(record(log), 2_000_000);
    parser.feed(Buffer.from('PUB a 1000000\r\n'));
    for (let index = 0; index < 1_000_000; index += 1) parser.feed(Buffer.from('x'));
    parser.feed(Buffer.from('\r'));
    expect(log).toEqual([]);
    parser.feed(Buffer.from('\nPING\r\n'));
    expect(log).toEqual([['publish', 'a', '', 0, 'x'.repeat(1_000_000)], ['ping']]);
  });
});

describe('the subject tree', () => {
  test('finds what comparing with every subscription finds', () => {
    const subscribable = subject.filter(
      (text) => !text.split('.').includes('') && !text.slice(0, -1).includes('>'),
    );
    fc.assert(
      fc.property(
        fc.array(subscribable, { maxLength: 30 }),
        fc.array(fc.nat(29)),
        fc.array(subject),
        (subjects, removed, published) => {
          const tree = new SubjectTree<{ readonly subject: string }>();
          const all = subjects.map((text) => ({ subject: text }));
          for (const subscription of all) tree.add(subscription);
          const left = new Set(all);
          for (const index of removed) {
            const subscription = all[index];
            if (subscription === undefined) continue;
            tree.remove(subscription);
            left.delete(subscription);
          }
          for (const at of published) {
            const expected = [...left].filter((subscription) => matches(subscription.subject, at));
            expect(new Set(tree.match(at))).toEqual(new Set(expected));
            expect(tree.match(at)).toHaveLength(expected.length);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function matches(pattern: string, at: string): boolean {
  const tokens = at.split('.');
  if (tokens.includes('')) return false;
  const wanted = pattern.split('.');
  if (wanted.at(-1) === '>')
    return (
      tokens.length >= wanted.length &&
      wanted.slice(0, -1).every((part, index) => part === '*' || part === tokens[index])
    );
  return (
    tokens.length === wanted.length && wanted.every((part, index) => part === '*' || part === tokens[index])
  );
}

function parse(bytes: Buffer, cuts: readonly number[]): readonly unknown[] {
  const log: unknown[] = [];
  const parser = new ProtocolParser(record(log), 1000);
  try {
    for (let offset = 0, turn = 0; offset < bytes.length; turn += 1) {
      const size = cuts[turn % cuts.length] ?? 1;
      parser.feed(bytes.subarray(offset, offset + size));
      offset += size;
    }
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    log.push(['violation', error.reason]);
  }
  return log;
}

function record(log: unknown[]): ConstructorParameters<typeof ProtocolParser>[0] {
  return {
    connect: (json) => void log.push(['connect', json]),
    ping: () => void log.push(['ping']),
    subscribe: (...given) => void log.push(['subscribe', ...given]),
    unsubscribe: (...given) => void log.push(['unsubscribe', ...given]),
    publish: ({ subject: at, reply, headerSize, payload }: Publication) =>
      void log.push(['publish', at, reply, headerSize, payload.toString('latin1')]),
  };
}
