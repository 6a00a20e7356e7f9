import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { Io } from './io.ts';

/** The world as this process sees it. */
export function systemIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  endWithReader(stdout);
  endWithReader(stderr);
  const hasColour = stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    env,
    cwd: process.cwd(),
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    status: (line) => void (stderr.isTTY && stderr.write(`\r\u001B[K${line}`)),
    readInput: () => text(stdin),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
    width: stdout.isTTY ? stdout.columns : 0,
    hasColour,
  };
}

/** Whoever reads has read enough (`… | head -1`): that is no failure. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
