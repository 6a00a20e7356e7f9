import { connect, type ConnectionOptions, type NatsConnection } from 'nats';
import { DefinitionError, toFailure, UnavailableError } from '../core/errors.ts';

/** Where the NATS servers are and who we are to them. */
export interface NatsConnectOptions {
  /** `nats://host:4222`, with `user:password@` or `token@` where needed; several, or separated by commas, for a cluster. */
  readonly url: string | readonly string[];
  /** Shown by the server's monitoring. */
  readonly name?: string;
  /** Private prefix of reply subjects, `_INBOX` by default; with permissions per user, one that only this user may read. */
  readonly inboxPrefix?: string;
  /** Anything else the client takes: TLS, authenticator, ping interval. */
  readonly client?: Omit<ConnectionOptions, 'servers' | 'name' | 'inboxPrefix'>;
}

/**
 * Connects, and reconnects for ever with waits of at most half a second. Throws `UnavailableError` when no server
 * answers the first time.
 */
export async function connectNats(options: NatsConnectOptions): Promise<NatsConnection> {
  const clientOptions = toClientOptions(options);
  try {
    return await connect(clientOptions);
  } catch (error) {
    const servers = [clientOptions.servers ?? []].flat().join(', ');
    const message = `Cannot connect to NATS at ${servers}: ${toFailure(error).message}. Start a server there, or give another URL.`;
    throw new UnavailableError(message, { cause: error, reason: 'nats_unavailable' });
  }
}

function toClientOptions(options: NatsConnectOptions): ConnectionOptions {
  const urls = [options.url]
    .flat()
    .flatMap((url) => url.split(','))
    .map((url) => toUrl(url.trim()));
  return {
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // A server that restarts with its users not loaded yet must not end us.
    ignoreAuthErrorAbort: true,
    // Finds a half-open connection in half a minute instead of six.
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...toCredentials(urls[0]),
    ...(urls.some((url) => url.protocol === 'tls:') ? { tls: {} } : {}),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    ...options.client,
    servers: urls.map((url) => url.host),
  };
}

function toUrl(text: string): URL {
  const withScheme = text.includes('://') ? text : `nats://${text}`;
  // The URL is not quoted: it may hold a password.
  if (!URL.canParse(withScheme) || new URL(withScheme).host === '') {
    throw new DefinitionError('The NATS URL is not one; expected nats://host:4222 or tls://host:4222.');
  }
  return new URL(withScheme);
}

/** The client ignores credentials in a URL. */
function toCredentials(url: URL | undefined): ConnectionOptions {
  if (url === undefined || url.username === '') return {};
  const user = decodeURIComponent(url.username);
  return url.password === '' ? { token: user } : { user, pass: decodeURIComponent(url.password) };
}
