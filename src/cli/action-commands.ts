import type { Command } from 'commander';
import type { ActOptions } from './act.ts';
import { type ActionFlags, addOwnOptions, toActionBody } from './action-options.ts';
import { apiFor, type Cli, toWhole, withApi } from './flags.ts';
import type { Io } from './io.ts';

interface ActingFlags extends ActionFlags {
  readonly query?: string;
  readonly ifVersion?: number;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly detach?: true;
}

const descriptions: Readonly<Record<ActOptions['action'], string>> = {
  cancel: 'turn running sagas back',
  retry: 'try again now: what is parked, or waits for its next attempt',
  skip: 'go on without the parked command',
  compensate: 'turn back sagas that run, or parked before the point of no return',
  resolve: 'say how the parked command really ended, or close the saga as abandoned',
  decide: 'decide where a step asks: try again, go on without it, or turn back',
  signal: 'give sagas a signal that they wait for',
  pause: 'stop sagas where they are, until they are resumed',
  resume: 'let paused sagas go on',
};

/** Adds what an operator can do with sagas. */
export function addActionCommands(program: Command, cli: Cli): void {
  for (const [action, description] of Object.entries(descriptions))
    addAction(program, cli, action as ActOptions['action'], description);
}

function addAction(
  program: Command,
  { io, does }: Cli,
  action: ActOptions['action'],
  description: string,
): void {
  const command = withApi(program.command(action).description(description))
    .argument('[ids...]', 'sagas; - for ids on stdin')
    .option('--query <filter>', "instead of ids: 'name:order status:failed since:1h'")
    .option('--reason <text>', 'why; kept in the journal')
    .option('--actor <name>', 'who; default: the user of this machine')
    .option('--if-version <n>', 'refuse unless the saga is at this version', toWhole(1))
    .option('-y, --yes', 'do not ask before acting on several')
    .option('--dry-run', 'only say what it would do')
    .option('--detach', 'do not wait: the nodes go on by themselves');
  addOwnOptions(command, action);
  command.action(
    does(async (ids: readonly string[], flags: ActingFlags) => {
      const { act } = await import('./act.ts');
      return act(io, apiFor(io, flags), await toOptions(io, action, ids, flags));
    }),
  );
}

async function toOptions(
  io: Io,
  action: ActOptions['action'],
  ids: readonly string[],
  flags: ActingFlags,
): Promise<ActOptions> {
  const { parseQuery } = await import('./query.ts');
  const body = await toActionBody(io, flags);
  const query = flags.query === undefined ? undefined : parseQuery(flags.query);
  return {
    action,
    ids,
    query,
    body,
    ifVersion: flags.ifVersion,
    isSure: flags.yes === true,
    isDryRun: flags.dryRun === true,
    isDetached: flags.detach === true,
    isJson: flags.json === true,
  };
}
