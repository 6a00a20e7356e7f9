import { inject } from 'vitest';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { createDatabase, postgresHint } from '../servers/postgres.ts';
import type { Env } from './cli-process.ts';

/** Why tests that need both servers are skipped; `undefined`: they are not. */
export const missingServers = inject('postgresUrl') === undefined ? postgresHint : natsSkipReason('own');

/** What is in the URLs below, and must be seen nowhere else. */
export const secret = 'hunter2';

/** A database and a NATS server of a test file's own, both with passwords. */
export interface Servers {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** What nodes are started with. */
  readonly env: Env;
  stop(): Promise<void>;
}

/** Starts them. `args`: further ones of nats-server. */
export async function startServers(args: readonly string[] = []): Promise<Servers> {
  const database = await createDatabase(inject('postgresUrl') ?? '');
  const nats = await startNatsServer({ args: ['--user', 'nodes', '--pass', secret, ...args] });
  const databaseUrl = withPassword(database.url);
  const natsUrl = nats.url.replace('//', `//nodes:${secret}@`);
  return {
    databaseUrl,
    natsUrl,
    env: {
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrl,
      SAGACHART_PORT: '0',
      SAGACHART_LEASE_TTL: '1500ms',
      SAGACHART_CLAIM_INTERVAL: '100ms',
    },
    stop: async () => {
      await nats.stop();
      await database.drop();
    },
  };
}

/** The private server trusts everybody; a server that was given has its own password. */
function withPassword(text: string): string {
  const url = new URL(text);
  if (url.password === '') url.password = secret;
  return url.href;
}
