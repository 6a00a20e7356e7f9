import { startBroker } from 'sagachart/embedded';
import type { DemoConfig } from './config.ts';
import { isPortTaken } from './port-taken.ts';

/** The NATS server the demo talks to. */
export interface Nats {
  readonly url: string;
  /** What it is, for people; without secrets. */
  readonly place: string;
  close(): Promise<void>;
}

/** The NATS server at the given URL, else the embedded broker; on a free port when its own is taken. */
export async function openNats({ natsUrl, natsPort }: DemoConfig): Promise<Nats> {
  if (natsUrl !== undefined)
    return { url: natsUrl, place: `${hostsOf(natsUrl)} (NATS_URL)`, close: () => Promise.resolve() };
  const broker = await startBroker({ port: natsPort }).catch((error: unknown) => {
    if (!isPortTaken(error)) throw error;
    return startBroker();
  });
  const moved = natsPort !== 0 && broker.port !== natsPort ? `; port ${natsPort} was taken` : '';
  return { url: broker.url, place: `${broker.url} (embedded broker${moved})`, close: () => broker.close() };
}

function hostsOf(urls: string): string {
  return urls
    .split(',')
    .map((url) => url.trim().replace(/^(\w+:\/\/)?[^@/]*@/, '$1'))
    .join(', ');
}
