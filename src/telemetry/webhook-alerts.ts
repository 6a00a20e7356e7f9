import { createHmac } from 'node:crypto';
import type { Alert, AlertSink } from '../core/alert.ts';
import { DefinitionError, UnavailableError } from '../core/errors.ts';

/** Where alerts are posted to. */
export interface WebhookAlertsOptions {
  /** `https://…`; a user and password in it are sent as Basic authentication. */
  readonly url: string;
  /** Signs what is sent: see `Sagachart-Signature`. */
  readonly secret?: string | undefined;
  /** How long one try may take; ms. Default 5,000. */
  readonly timeout?: number;
  /** ms since the epoch. */
  readonly now?: () => number;
}

/** Answers after which another try may help, though they blame the request. */
const worthAnotherTry = [401, 403, 404, 407, 408, 421, 423, 425, 429];

/**
 * Posts alerts as JSON. With a secret: `Sagachart-Timestamp` (seconds since the epoch) and `Sagachart-Signature`, which is
 * `v1=` and the HMAC-SHA256, in hexadecimal, of timestamp, a dot and the body. Throws `DefinitionError` for a URL that is none.
 */
export function createWebhookAlerts({
  url,
  secret,
  timeout = 5_000,
  now = Date.now,
}: WebhookAlertsOptions): AlertSink {
  const target = toTarget(url);
  return {
    name: 'webhook',
    async send(alert) {
      const body = JSON.stringify(alert);
      const headers = { ...target.headers, ...headersOf(alert), ...signed(body, secret, now()) };
      const status = await post(target.url, { headers, body, timeout });
      if (status >= 200 && status < 300) return 'accepted';
      if (status >= 400 && status < 500 && !worthAnotherTry.includes(status)) return 'refused';
      throw new UnavailableError(`The webhook answered ${status}.`, { reason: 'webhook' });
    },
    close: async () => undefined,
  };
}

async function post(
  url: string,
  {
    headers,
    body,
    timeout,
  }: { readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly timeout: number },
): Promise<number> {
  try {
    const signal = AbortSignal.timeout(timeout);
    // Not followed: it would carry the alert, and its credentials, to somebody who was not named.
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    // What the client says may quote the URL, and with it a token.
    const why = error instanceof Error && error.name === 'TimeoutError' ? `in ${timeout} ms` : 'at all';
    throw new UnavailableError(`The webhook did not answer ${why}.`, { reason: 'webhook' });
  }
}

function headersOf({ id, kind }: Alert): Readonly<Record<string, string>> {
  return { 'Content-Type': 'application/json', 'Sagachart-Alert': kind, 'Idempotency-Key': id };
}

function signed(body: string, secret: string | undefined, now: number): Readonly<Record<string, string>> {
  if (secret === undefined) return {};
  const timestamp = String(Math.floor(now / 1_000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'Sagachart-Timestamp': timestamp, 'Sagachart-Signature': `v1=${signature}` };
}

/** `fetch` takes no credentials in a URL. */
function toTarget(text: string): {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    throw new DefinitionError('The URL of the alert webhook is not one; expected https://host/path.');
  const url = new URL(text);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  if (user === '' && password === '') return { url: url.href, headers: {} };
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  return { url: url.href, headers: { Authorization: `Basic ${credentials}` } };
}
