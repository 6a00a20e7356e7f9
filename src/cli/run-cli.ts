import { Command, CommanderError } from 'commander';
import { addActionCommands } from './action-commands.ts';
import { addDefinitionCommands } from './definition-commands.ts';
import { CliError, exitCodes, type ExitReason } from './exit-code.ts';
import type { Cli } from './flags.ts';
import { type Io, plain } from './io.ts';
import { maskText } from './mask.ts';
import { addNodeCommands } from './node-commands.ts';
import { addProofCommands } from './proof-commands.ts';
import { addReportCommands } from './report-commands.ts';
import { addSagaCommands } from './saga-commands.ts';
import { version } from './version.ts';

/** Runs one command line, without the program's name; resolves with the exit status. */
export async function runCli(argv: readonly string[], world: Io): Promise<number> {
  const io = argv.includes('--no-color') ? { ...world, hasColour: false } : world;
  let reason: ExitReason = 'ok';
  const does: Cli['does'] =
    (work) =>
    async (...args) => {
      reason = await work(...args);
    };
  try {
    await createProgram({ io, does }).parseAsync(argv, { from: 'user' });
  } catch (error) {
    reason = report(io, error);
  }
  return exitCodes[reason];
}

/** Everything that can be typed. */
function createProgram(cli: Cli): Command {
  const { io } = cli;
  const program = new Command('sagachart')
    .description('Durable sagas as statecharts: run them, look at them, repair them.')
    .version(version, '-V, --version')
    .option('--no-color', 'no colours; also NO_COLOR')
    .addHelpText('after', exits)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.note(text.trimEnd()),
    });
  addNodeCommands(program, cli);
  addSagaCommands(program, cli);
  addActionCommands(program, cli);
  addReportCommands(program, cli);
  addDefinitionCommands(program, cli);
  addProofCommands(program, cli);
  return program;
}

const exits = `
Exit status: 0 ok, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 unreachable, 124 timeout.
Data goes to stdout, everything else to stderr.`;

/** Says what went wrong, and what to do; an error that nobody foresaw also says where. */
function report(io: Io, error: unknown): ExitReason {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 'ok' : 'usage';
  if (error instanceof CliError) {
    const [first = '', ...more] = error.message.split('\n').map(plain);
    for (const line of [`sagachart: ${first}`, ...more, ...error.advice.map((text) => `  ${plain(text)}`)])
      io.note(line);
    return error.reason;
  }
  io.note(`sagachart: ${maskText(error instanceof Error ? (error.stack ?? error.message) : String(error))}`);
  return 'failed';
}
