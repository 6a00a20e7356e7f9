import { connect, headers, type NatsConnection } from 'nats';
import { createNatsTransport } from '../../src/nats/transport.ts';
import type { RawAnswer, TransportWorld } from '../../src/testing/transport-world.ts';

/** A server that tests may stop and start again on the same port. */
export interface RestartableServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

let worlds = 0;

/** Two NATS transports and a raw responder on a server, apart from all other worlds. */
export async function createNatsWorld(server: RestartableServer): Promise<TransportWorld> {
  worlds += 1;
  const prefix = `test.w${worlds}`;
  const requester = await createNatsTransport({ url: server.url, prefix, name: 'requester' });
  const responder = await createNatsTransport({ url: server.url, prefix, name: 'responder' });
  const raw = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  return {
    requester,
    responder,
    answerRaw: (participant, operation, answers) =>
      answerRaw(raw, `${prefix}.${participant}.${operation}`, answers),
    outage: { begin: server.stop, end: server.start },
    close: async () => {
      await Promise.all([requester.close(), responder.close(), raw.close()]);
    },
  };
}

async function answerRaw(
  connection: NatsConnection,
  subject: string,
  answers: readonly RawAnswer[],
): Promise<void> {
  connection.subscribe(subject, {
    callback: (_error, message) => {
      for (const answer of answers) {
        const fields = headers();
        for (const [name, value] of Object.entries(answer.headers ?? {})) fields.set(name, value);
        message.respond(answer.body, answer.headers === undefined ? {} : { headers: fields });
      }
    },
  });
  await connection.flush();
}
