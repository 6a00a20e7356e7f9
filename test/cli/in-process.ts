import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run-cli.ts';

/** A module of sagas, for commands in this process; for one of its own it is `sagasProgram`. */
export const sagasModule = fileURLToPath(new URL('./shop-sagas.ts', import.meta.url));

/** What a command run in this process did. */
export interface Ran {
  readonly code: number;
  /** Lines of stdout. */
  readonly out: readonly string[];
  /** Everything on stderr. */
  readonly notes: string;
  /** What it asked the person. */
  readonly asked: readonly string[];
}

/** The world that a command is shown. */
export interface World {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** What the person at the terminal answers; without it there is no terminal. */
  readonly answer?: string;
  readonly width?: number;
  readonly hasColour?: boolean;
}

/** Runs a command line in this process. */
export async function run(argv: readonly string[], world: World = {}): Promise<Ran> {
  const [out, notes, asked]: [string[], string[], string[]] = [[], [], []];
  const { env = {}, cwd = '/nonexistent', stdin = '', answer, width = 0, hasColour = false } = world;
  const ask = (text: string) => {
    asked.push(text);
    return Promise.resolve(answer ?? '');
  };
  const io: Io = {
    env,
    cwd,
    out: (line) => void out.push(line),
    note: (line) => void notes.push(line),
    status: () => undefined,
    readInput: () => Promise.resolve(stdin),
    ask: answer === undefined ? undefined : ask,
    width,
    hasColour,
  };
  const code = await runCli(argv, io);
  return { code, out, notes: notes.join('\n'), asked };
}

/** An address on loopback where nobody listens. */
export async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}
