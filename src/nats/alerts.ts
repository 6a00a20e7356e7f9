import { Events, type NatsConnection } from 'nats';
import type { Alert, AlertSink } from '../core/alert.ts';
import { toFailure, UnavailableError } from '../core/errors.ts';
import { requirePrefix } from '../core/wire-limits.ts';
import { connectNats, type NatsConnectOptions } from './connection.ts';
import { flushed } from './serving.ts';
import { DEFAULT_PREFIX, encodeAlert, toEventSubject } from './wire.ts';

/** How alerts go to NATS. */
export interface NatsAlertsOptions extends NatsConnectOptions {
  /** Dot-separated tokens before `alerts.<saga>.<kind>`; `saga.v1` by default. */
  readonly prefix?: string;
  /** How long the server may take to say that it has them; ms. Default 5,000. */
  readonly timeout?: number;
}

/**
 * Connects to NATS as a sink of alerts, which go to whoever listens. Throws `DefinitionError` for a prefix that is none and
 * `UnavailableError` when no server answers.
 */
export async function createNatsAlerts(options: NatsAlertsOptions): Promise<NatsAlerts> {
  requirePrefix(options.prefix ?? DEFAULT_PREFIX);
  return new NatsAlerts(await connectNats(options), options);
}

/** Alerts over NATS. Made by `createNatsAlerts`. */
export class NatsAlerts implements AlertSink {
  readonly name = 'nats';
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #timeout: number;
  #isConnected = true;

  /** Use `createNatsAlerts`. */
  constructor(
    connection: NatsConnection,
    { prefix = DEFAULT_PREFIX, timeout = 5_000 }: Pick<NatsAlertsOptions, 'prefix' | 'timeout'>,
  ) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#timeout = timeout;
    void this.#watch();
  }

  async send(alert: Alert): Promise<'accepted'> {
    // The client would keep it and send it after reconnecting: by then it is sent again.
    if (!this.#isConnected)
      throw new UnavailableError('The connection to NATS is lost.', { reason: 'disconnected' });
    const subject = toEventSubject(this.#prefix, `alerts.${alert.saga}.${alert.kind}`);
    const { body, headers } = encodeAlert(alert);
    try {
      this.#connection.publish(subject, body, { headers });
      await this.#answered();
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      throw new UnavailableError(`The alert could not be published: ${toFailure(error).message}`, {
        cause: error,
      });
    }
    return 'accepted';
  }

  async close(): Promise<void> {
    this.#isConnected = false;
    await flushed(this.#connection);
    await this.#connection.close();
  }

  async #answered(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const error = new UnavailableError('The NATS server does not answer.', { reason: 'no_answer' });
      timer = setTimeout(() => reject(error), this.#timeout);
    });
    try {
      await Promise.race([this.#connection.flush(), silence]);
    } finally {
      clearTimeout(timer);
    }
    if (!this.#isConnected)
      throw new UnavailableError('The connection to NATS is lost.', { reason: 'disconnected' });
  }

  /** Follows the connection; ends when it is closed for good. */
  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === Events.Reconnect) this.#isConnected = true;
      if (type === Events.Disconnect) this.#isConnected = false;
    }
    this.#isConnected = false;
  }
}
