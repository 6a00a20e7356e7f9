import { isToken } from '../core/wire-limits.ts';
import { Closers } from './closers.ts';
import { paint } from './colour.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { readJson } from './json-argument.ts';
import { checkParticipant, type CheckResult } from './participant-checks.ts';
import { createAsk, toProbe } from './participant-probe.ts';
import { openTransport } from './parts.ts';
import type { Settings } from './settings.ts';

/** Which participant to try, with what. */
export interface VerifyOptions {
  readonly settings: Settings;
  readonly participant: string;
  readonly action: string;
  readonly undo: string | undefined;
  /** JSON, `@file` or `-`. */
  readonly input: string;
  readonly refusedInput: string | undefined;
  readonly tenant: string;
  /** How long an answer may take; ms. */
  readonly timeout: number;
  readonly isJson: boolean;
}

/** `sagachart verify-participant`: tries a participant over NATS. It runs the operation for real. */
export async function verifyParticipant(io: Io, options: VerifyOptions): Promise<ExitReason> {
  const { settings, participant, action, undo, refusedInput } = options;
  for (const token of [participant, action, undo ?? action]) {
    if (!isToken(token))
      throw new CliError('usage', `${JSON.stringify(token)} is no name: use 1 to 64 letters, digits, _ or -`);
  }
  const input = await readJson(io, options.input, '--input');
  const refused =
    refusedInput === undefined ? undefined : await readJson(io, refusedInput, '--refused-input');
  const closers = new Closers();
  try {
    const { part: transport } = await openTransport({
      settings,
      isEmbedded: false,
      migrates: false,
      closers,
    });
    const ask = createAsk(transport, options);
    await requirePresence(ask, options, input);
    return await runChecks(
      io,
      checkParticipant(ask, { input, refused, hasUndo: undo !== undefined }),
      options.isJson,
    );
  } finally {
    await closers.close();
  }
}

/** Without it every check would fail for the same reason. */
async function requirePresence(
  ask: ReturnType<typeof createAsk>,
  { participant, action, settings }: VerifyOptions,
  input: unknown,
): Promise<void> {
  const reply = await toProbe(ask, input).seal();
  if (reply.type !== 'unreachable') return;
  throw new CliError('notFound', `nobody answers ${settings.nats.prefix}.${participant}.${action}`, {
    advice: ['Does the participant run, on the same NATS server and with the same prefix?'],
  });
}

async function runChecks(io: Io, results: AsyncIterable<CheckResult>, isJson: boolean): Promise<ExitReason> {
  const failed: string[] = [];
  for await (const result of results) {
    if (result.status === 'failed') failed.push(result.name);
    io.out(isJson ? JSON.stringify(result) : toLine(io, result));
  }
  io.note(
    failed.length === 0
      ? 'the participant keeps the rules, as far as replies show'
      : `${failed.length} checks failed`,
  );
  return failed.length === 0 ? 'ok' : 'failed';
}

function toLine(io: Io, { status, name, detail }: CheckResult): string {
  const word =
    status === 'ok'
      ? paint(io, 'good', 'ok    ')
      : status === 'failed'
        ? paint(io, 'bad', 'FAILED')
        : paint(io, 'dim', 'skip  ');
  return `${word}  ${name}${detail === '' ? '' : `: ${plain(detail)}`}`;
}
