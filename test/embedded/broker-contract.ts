import { connect, headers, type NatsConnection, StringCodec } from 'nats';
import { openRaw } from './raw-client.ts';

/** Something a NATS server does, with what a real one (nats-server 2.9.10) was seen to do. */
export interface BrokerBehaviour {
  readonly name: string;
  readonly observe: (url: string) => Promise<unknown>;
  readonly expected: unknown;
}

const QUIET = 'CONNECT {"verbose":false,"pedantic":false}\r\n';
const HEADERS = 'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\n';
const UNKNOWN = "-ERR 'Unknown Protocol Operation'\r\n";

/** Conversations of one connection: what it sends, what it gets, and whether it is closed for it. */
const CONVERSATIONS: readonly (readonly [name: string, sent: string, got: string, end: 'open' | 'closed'])[] =
  [
    ['commands before CONNECT are answered', 'PING\r\n', 'PONG\r\n', 'open'],
    ['without a word about it, a client is verbose', 'CONNECT {}\r\nPING\r\n', '+OK\r\nPONG\r\n', 'open'],
    ['a CONNECT of null changes nothing', 'CONNECT null\r\nPING\r\n', '+OK\r\nPONG\r\n', 'open'],
    [
      'a later CONNECT changes what it names',
      `${QUIET}CONNECT {"verbose":true}\r\nSUB a 1\r\nPING\r\n`,
      '+OK\r\n+OK\r\nPONG\r\n',
      'open',
    ],
    [
      'verbose clients get +OK for each command but PING',
      'CONNECT {"verbose":true}\r\nSUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\nPING\r\n',
      '+OK\r\n+OK\r\n+OK\r\nMSG a 1 1\r\nx\r\n+OK\r\nPONG\r\n',
      'open',
    ],
    [
      'verbose clients get no +OK for what failed',
      'CONNECT {"verbose":true}\r\nSUB a..b 1\r\nPING\r\n',
      "+OK\r\n-ERR 'Invalid Subject'\r\nPONG\r\n",
      'open',
    ],
    ['a CONNECT that is no JSON ends the connection', 'CONNECT {nope\r\nPING\r\n', '', 'closed'],
    ['a CONNECT of a list ends the connection', 'CONNECT []\r\nPING\r\n', '', 'closed'],
    ['a CONNECT with a wrong type ends the connection', 'CONNECT {"verbose":"no"}\r\nPING\r\n', '', 'closed'],
    ['a CONNECT of nothing ends the connection', 'CONNECT\r\nPING\r\n', '', 'closed'],
    ['lines may end with LF alone', 'CONNECT {"verbose":false}\nPING\n', 'PONG\r\n', 'open'],
    ['commands may be written small', 'connect {"verbose":false}\r\nping\r\n', 'PONG\r\n', 'open'],
    [
      'tabs and many blanks separate as well',
      `${QUIET}SUB\ta\t\t1\r\nPUB   a   1\r\nx\r\nPING\r\n`,
      'MSG a 1 1\r\nx\r\nPONG\r\n',
      'open',
    ],
    ['words after PING do not matter', `${QUIET}PING hello\r\n`, 'PONG\r\n', 'open'],
    [
      'PONG, INFO and +OK from a client are ignored',
      `${QUIET}PONG\r\nINFO {}\r\n+OK\r\nPING\r\n`,
      'PONG\r\n',
      'open',
    ],
    ['-ERR from a client ends the connection', `${QUIET}-ERR 'x'\r\nPING\r\n`, '', 'closed'],
    ['an unknown command ends the connection', `${QUIET}FOO\r\nPING\r\n`, UNKNOWN, 'closed'],
    ['an empty line ends the connection', `${QUIET}\r\nPING\r\n`, UNKNOWN, 'closed'],
    ['MSG from a client ends the connection', `${QUIET}MSG a 1 1\r\nx\r\nPING\r\n`, UNKNOWN, 'closed'],
    ['SUB without arguments ends the connection', `${QUIET}SUB\r\nPING\r\n`, UNKNOWN, 'closed'],
    ['SUB with one argument ends the connection', `${QUIET}SUB a\r\nPING\r\n`, '', 'closed'],
    ['SUB with four arguments ends the connection', `${QUIET}SUB a q 1 2\r\nPING\r\n`, '', 'closed'],
    ['UNSUB without arguments ends the connection', `${QUIET}UNSUB\r\nPING\r\n`, UNKNOWN, 'closed'],
    [
      'subjects with empty tokens or an inner > are refused',
      `${QUIET}SUB a..b 1\r\nSUB a.>.b 2\r\nSUB .a 3\r\nSUB a. 4\r\nPING\r\n`,
      "-ERR 'Invalid Subject'\r\n".repeat(4) + 'PONG\r\n',
      'open',
    ],
    [
      'wildcards inside a token are letters',
      `${QUIET}SUB a*.b 1\r\nSUB a> 2\r\nPUB a*.b 1\r\nx\r\nPUB a> 1\r\ny\r\nPUB ax.b 1\r\nz\r\nPING\r\n`,
      'MSG a*.b 1 1\r\nx\r\nMSG a> 2 1\r\ny\r\nPONG\r\n',
      'open',
    ],
    [
      'a message on a subject with empty tokens reaches nobody',
      `${QUIET}SUB > 1\r\nPUB a..b 1\r\nx\r\nPUB .a 1\r\ny\r\nPING\r\n`,
      'PONG\r\n',
      'open',
    ],
    [
      'a message on a wildcard reaches only wildcards',
      `${QUIET}SUB a.b 1\r\nSUB a.* 2\r\nPUB a.* 1\r\nx\r\nPING\r\n`,
      'MSG a.* 2 1\r\nx\r\nPONG\r\n',
      'open',
    ],
    [
      'pedantic clients are told of bad subjects',
      'CONNECT {"verbose":false,"pedantic":true}\r\nSUB > 1\r\nPUB a.* 1\r\nx\r\nPUB a..b 1\r\ny\r\nPING\r\n',
      "-ERR 'Invalid Publish Subject'\r\nMSG a.* 1 1\r\nx\r\n-ERR 'Invalid Publish Subject'\r\nPONG\r\n",
      'open',
    ],
    [
      'subjects may hold any bytes',
      `${QUIET}SUB > 1\r\nPUB \u00c3\u00a9\u00ff\u0000 1\r\nx\r\nPING\r\n`,
      'MSG \u00c3\u00a9\u00ff\u0000 1 1\r\nx\r\nPONG\r\n',
      'open',
    ],
    [
      'a sid that is taken keeps its subject',
      `${QUIET}SUB a 1\r\nSUB b 1\r\nPUB a 1\r\nx\r\nPUB b 1\r\ny\r\nPING\r\n`,
      'MSG a 1 1\r\nx\r\nPONG\r\n',
      'open',
    ],
    [
      'queue names are not checked',
      `${QUIET}SUB a q.* 1\r\nPUB a 1\r\nx\r\nPING\r\n`,
      'MSG a 1 1\r\nx\r\nPONG\r\n',
      'open',
    ],
    [
      'empty payloads arrive, with their reply subject',
      `${QUIET}SUB a 1\r\nPUB a 0\r\n\r\nPUB a rep 0\r\n\r\nPING\r\n`,
      'MSG a 1 0\r\n\r\nMSG a 1 rep 0\r\n\r\nPONG\r\n',
      'open',
    ],
    [
      'a payload may hold line ends',
      `${QUIET}SUB a 1\r\nPUB a 8\r\nPING\r\n\r\n\r\nPING\r\n`,
      'MSG a 1 8\r\nPING\r\n\r\n\r\nPONG\r\n',
      'open',
    ],
    [
      'a payload without its line end ends the connection',
      `${QUIET}PUB a 1\r\nxyz\r\nPING\r\n`,
      UNKNOWN,
      'closed',
    ],
    ['a size that is no number ends the connection', `${QUIET}PUB a xx\r\nPING\r\n`, '', 'closed'],
    ['a negative size ends the connection', `${QUIET}PUB a -1\r\nPING\r\n`, '', 'closed'],
    [
      'a size of too many digits ends the connection',
      `${QUIET}PUB a 99999999999999999999\r\nPING\r\n`,
      '',
      'closed',
    ],
    ['PUB without a size ends the connection', `${QUIET}PUB a\r\nPING\r\n`, '', 'closed'],
    ['PUB with too many arguments ends the connection', `${QUIET}PUB a b c 1\r\nx\r\nPING\r\n`, '', 'closed'],
    [
      'a payload above the limit ends the connection',
      `${QUIET}PUB a 1048577\r\n`,
      "-ERR 'Maximum Payload Violation'\r\n",
      'closed',
    ],
    [
      'a payload at the limit is taken',
      `${QUIET}PUB a 1048576\r\n${'x'.repeat(1_048_576)}\r\nPING\r\n`,
      'PONG\r\n',
      'open',
    ],
    [
      'a line of more than 4096 bytes ends the connection',
      `${QUIET}SUB ${'a'.repeat(5000)} 1\r\nPING\r\n`,
      "-ERR 'maximum control line exceeded'\r\n",
      'closed',
    ],
    [
      'HPUB without headers agreed on ends the connection',
      `${QUIET}HPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\nPING\r\n`,
      '',
      'closed',
    ],
    [
      'headers arrive',
      `${HEADERS}SUB a 1\r\nHPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\nHPUB a r.r 12 12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n`,
      'HMSG a 1 12 13\r\nNATS/1.0\r\n\r\nx\r\nHMSG a 1 r.r 12 12\r\nNATS/1.0\r\n\r\n\r\nPONG\r\n',
      'open',
    ],
    [
      'headers are not looked into',
      `${HEADERS}SUB a 1\r\nHPUB a 3 5\r\nabcde\r\nPING\r\n`,
      'HMSG a 1 3 5\r\nabcde\r\nPONG\r\n',
      'open',
    ],
    [
      'headers of no bytes are none',
      `${HEADERS}SUB a 1\r\nHPUB a 0 1\r\nx\r\nPING\r\n`,
      'MSG a 1 1\r\nx\r\nPONG\r\n',
      'open',
    ],
    [
      'headers longer than the message end the connection',
      `${HEADERS}HPUB a 14 13\r\nNATS/1.0\r\n\r\nx\r\nPING\r\n`,
      '',
      'closed',
    ],
    [
      'who asks for no-responders must know headers',
      'CONNECT {"verbose":false,"no_responders":true}\r\nPING\r\n',
      "-ERR 'no responders requires headers support'\r\n",
      'closed',
    ],
    [
      'a request that nobody hears is answered with 503',
      `${HEADERS}SUB inbox.* 1\r\nPUB nobody inbox.7 1\r\nx\r\nPING\r\n`,
      'HMSG inbox.7 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\nPONG\r\n',
      'open',
    ],
    [
      'a 503 does not count for UNSUB with a maximum',
      `${HEADERS}SUB inbox.* 1\r\nUNSUB 1 1\r\nPUB nobody inbox.7 1\r\nx\r\nPUB nobody inbox.8 1\r\ny\r\nPUB inbox.9 1\r\nz\r\nPUB inbox.10 1\r\nz\r\nPING\r\n`,
      'HMSG inbox.7 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\nHMSG inbox.8 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\nMSG inbox.9 1 1\r\nz\r\nPONG\r\n',
      'open',
    ],
    [
      'without an inbox there is no 503',
      `${HEADERS}PUB nobody nowhere 1\r\nx\r\nPUB nobody 1\r\nx\r\nPING\r\n`,
      'PONG\r\n',
      'open',
    ],
    [
      'who does not want echoes is nobody to itself',
      'CONNECT {"verbose":false,"headers":true,"no_responders":true,"echo":false}\r\nSUB inbox.* 1\r\nSUB me 2\r\nSUB me q 3\r\nPUB me inbox.7 1\r\nx\r\nPING\r\n',
      'HMSG inbox.7 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\nPONG\r\n',
      'open',
    ],
    [
      'UNSUB with a maximum lets so many through',
      `${QUIET}SUB a 1\r\nUNSUB 1 2\r\n${'PUB a 1\r\nx\r\n'.repeat(3)}UNSUB 1\r\nUNSUB 99\r\nPING\r\n`,
      `${'MSG a 1 1\r\nx\r\n'.repeat(2)}PONG\r\n`,
      'open',
    ],
    [
      'UNSUB with a maximum counts what came before',
      `${QUIET}SUB a 1\r\n${'PUB a 1\r\nx\r\n'.repeat(2)}UNSUB 1 3\r\n${'PUB a 1\r\ny\r\n'.repeat(2)}PING\r\n`,
      `${'MSG a 1 1\r\nx\r\n'.repeat(2)}MSG a 1 1\r\ny\r\nPONG\r\n`,
      'open',
    ],
    [
      'UNSUB with a maximum that is reached ends at once',
      `${QUIET}SUB a 1\r\n${'PUB a 1\r\nx\r\n'.repeat(2)}UNSUB 1 2\r\nPUB a 1\r\ny\r\nPING\r\n`,
      `${'MSG a 1 1\r\nx\r\n'.repeat(2)}PONG\r\n`,
      'open',
    ],
    [
      'UNSUB with nonsense for a maximum ends at once',
      `${QUIET}SUB a 1\r\nUNSUB 1 x\r\nPUB a 1\r\ny\r\nPING\r\n`,
      'PONG\r\n',
      'open',
    ],
  ];

async function converse(url: string, sent: string, chunk: number): Promise<unknown> {
  const client = await openRaw(url);
  const bytes = Buffer.from(sent, 'latin1');
  for (let offset = 0; offset < bytes.length; offset += chunk) {
    client.send(bytes.subarray(offset, offset + chunk));
    // Lets the kernel see separate packets.
    if (chunk < bytes.length) await new Promise((resolve) => setImmediate(resolve));
  }
  const expectsPong = /ping/i.test(sent);
  await (expectsPong ? client.until('PONG\r\n') : client.closed());
  // What is closed for its last words is closed right after them.
  if (!client.received().endsWith('PONG\r\n')) await client.closed();
  const observed = { got: client.received(), end: client.isClosed() ? 'closed' : 'open' };
  client.end();
  return observed;
}

const text = StringCodec();

async function withClients(
  url: string,
  play: (one: NatsConnection, two: NatsConnection) => Promise<unknown>,
): Promise<unknown> {
  const one = await connect({ servers: url });
  const two = await connect({ servers: url });
  try {
    return await play(one, two);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

/** What is under way between two connections has arrived after this: each has asked the server after the other. */
async function settle(one: NatsConnection, two: NatsConnection): Promise<void> {
  await two.flush();
  await one.flush();
}

const SCENES: readonly BrokerBehaviour[] = [
  {
    name: 'every matching subscription of a connection gets the message, and one of each queue',
    observe: (url) =>
      withClients(url, async (one, two) => {
        const got: string[] = [];
        const listen = (subject: string, queue?: string) =>
          one.subscribe(subject, {
            ...(queue === undefined ? {} : { queue }),
            callback: (_error, message) => got.push(`${queue ?? subject} < ${message.subject}`),
          });
        for (const subject of ['a.*', 'a.>', 'a.b.c', '>', '*', '*.b']) listen(subject);
        for (const queue of ['q1', 'q1', 'q2']) listen('a.b', queue);
        listen('a.*', 'q2');
        await one.flush();
        for (const subject of ['a.b', 'a.b.c', 'a', 'b.b', 'a.b.c.d']) two.publish(subject);
        await settle(one, two);
        return got.filter((entry) => !entry.includes('_INBOX')).toSorted();
      }),
    expected: [
      '* < a',
      '*.b < a.b',
      '*.b < b.b',
      '> < a',
      '> < a.b',
      '> < a.b.c',
      '> < a.b.c.d',
      '> < b.b',
      'a.* < a.b',
      'a.> < a.b',
      'a.> < a.b.c',
      'a.> < a.b.c.d',
      'a.b.c < a.b.c',
      'q1 < a.b',
      'q2 < a.b',
    ],
  },
  {
    name: 'headers and large payloads arrive whole',
    observe: (url) =>
      withClients(url, async (one, two) => {
        const fields = headers();
        fields.append('X-Two', '1');
        fields.append('X-Two', '2');
        fields.set('X-Text', 'ok é');
        const arrived = new Promise((resolve) => {
          one.subscribe('large', {
            callback: (_error, message) =>
              resolve([
                message.headers?.values('X-Two'),
                message.headers?.get('X-Text'),
                message.data.length,
                message.data.every((byte) => byte === 7),
              ]),
          });
        });
        await one.flush();
        two.publish('large', new Uint8Array(900_000).fill(7), { headers: fields });
        return arrived;
      }),
    expected: [['1', '2'], 'ok é', 900_000, true],
  },
  {
    name: 'messages of one sender arrive in order, between small ones and large ones',
    observe: (url) =>
      withClients(url, async (one, two) => {
        const sizes: number[] = [];
        one.subscribe('order', { callback: (_error, message) => sizes.push(message.data.length) });
        await one.flush();
        for (let index = 0; index < 300; index += 1)
          two.publish('order', new Uint8Array((index * 997) % 40_000));
        await settle(one, two);
        return sizes.every((size, index) => size === (index * 997) % 40_000) && sizes.length;
      }),
    expected: 300,
  },
  {
    name: 'requests are answered, and end with 503 where nobody listens',
    observe: (url) =>
      withClients(url, async (one, two) => {
        one.subscribe('echo', { callback: (_error, message) => message.respond(message.data) });
        await one.flush();
        const answer = text.decode((await two.request('echo', text.encode('hello'))).data);
        const nobody = await two
          .request('nobody', undefined, { timeout: 2000 })
          .catch((error: { code: string }) => error.code);
        return [answer, nobody];
      }),
    expected: ['hello', '503'],
  },
  {
    name: 'what is larger than the server says is refused by the client',
    observe: (url) =>
      withClients(url, async (one) => [
        one.info?.max_payload,
        catchCode(() => one.publish('big', new Uint8Array(1_048_577))),
      ]),
    expected: [1_048_576, 'MAX_PAYLOAD_EXCEEDED'],
  },
  {
    name: 'a queue shares its messages among connections',
    observe: (url) =>
      withClients(url, async (one, two) => {
        const counts = { one: 0, two: 0 };
        one.subscribe('work', { queue: 'q', callback: () => (counts.one += 1) });
        two.subscribe('work', { queue: 'q', callback: () => (counts.two += 1) });
        await settle(one, two);
        for (let index = 0; index < 400; index += 1) one.publish('work');
        await settle(two, one);
        await settle(one, two);
        return [counts.one + counts.two, counts.one > 50, counts.two > 50];
      }),
    expected: [400, true, true],
  },
  {
    name: 'who disconnects is served no more',
    observe: (url) =>
      withClients(url, async (one, two) => {
        one.subscribe('gone', { callback: (_error, message) => message.respond() });
        await one.flush();
        await two.request('gone');
        await one.close();
        for (;;) {
          const code = await two.request('gone', undefined, { timeout: 300 }).then(
            () => 'answered',
            (error: { code: string }) => error.code,
          );
          if (code === '503') return code;
        }
      }),
    expected: '503',
  },
  {
    name: 'a client that drains handles what it was sent before it goes',
    observe: (url) =>
      withClients(url, async (one, two) => {
        let handled = 0;
        one.subscribe('drained', { callback: () => (handled += 1) });
        await one.flush();
        for (let index = 0; index < 100; index += 1) two.publish('drained');
        await two.flush();
        await one.drain();
        return [handled, one.isClosed()];
      }),
    expected: [100, true],
  },
  {
    name: 'requests of many answers and services work',
    observe: (url) =>
      withClients(url, async (one, two) => {
        const service = await one.services.add({ name: 'greeter', version: '1.0.0', queue: 'greeters' });
        service.addEndpoint('hello', (_error, message) => void message.respond(text.encode('hi')));
        await one.flush();
        const names: string[] = [];
        for await (const info of await two.services.client().info('greeter'))
          names.push(`${info.name} ${info.endpoints[0]?.subject}`);
        return [names, text.decode((await two.request('hello')).data)];
      }),
    expected: [['greeter hello'], 'hi'],
  },
];

function catchCode(act: () => void): unknown {
  try {
    act();
    return 'no error';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** nats-server tells a pedantic client twice when its message comes in pieces; that is not imitated. */
function toChunks(sent: string): readonly number[] {
  return sent.length > 2000 || sent.includes('"pedantic":true') ? [Infinity] : [Infinity, 7, 1];
}

/** Everything a broker is held to; the conversations also in pieces of one byte and of seven. */
export const BROKER_BEHAVIOURS: readonly BrokerBehaviour[] = [
  ...CONVERSATIONS.flatMap(([name, sent, got, end]) =>
    toChunks(sent).map((chunk) => ({
      name: chunk === Infinity ? name : `${name} (in pieces of ${chunk})`,
      observe: (url: string) => converse(url, sent, chunk),
      expected: { got, end },
    })),
  ),
  ...SCENES,
];
