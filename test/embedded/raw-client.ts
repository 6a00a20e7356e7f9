import { connect, type Socket } from 'node:net';

/** A connection to a NATS server, byte by byte. */
export interface RawClient {
  /** Sends bytes; texts as latin1. */
  send(bytes: string | Uint8Array): void;
  /** Everything received so far without INFO, as latin1. */
  received(): string;
  /** Waits until `text` was received, or the connection is closed. */
  until(text: string): Promise<void>;
  isClosed(): boolean;
  closed(): Promise<void>;
  end(): void;
}

/** Connects to `nats://host:port` and waits for its INFO. */
export async function openRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replaceAll(/[[\]]/g, ''));
  const client = toClient(socket);
  await client.until('INFO');
  return client;
}

function toClient(socket: Socket): RawClient {
  let log = '';
  let closed = false;
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of watchers) watcher();
  };
  socket.on('data', (data) => {
    log += data.toString('latin1');
    wake();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    closed = true;
    wake();
  });
  const when = (isDone: () => boolean) =>
    new Promise<void>((resolve) => {
      const watcher = () => {
        if (!isDone()) return;
        watchers.delete(watcher);
        resolve();
      };
      watchers.add(watcher);
      watcher();
    });
  return {
    send: (bytes) =>
      void (
        socket.writable && socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
      ),
    received: () => log.replace(/INFO \{.*?\} *\r\n/, ''),
    until: (text) => when(() => closed || log.includes(text)),
    isClosed: () => closed,
    closed: () => when(() => closed),
    end: () => socket.destroy(),
  };
}
