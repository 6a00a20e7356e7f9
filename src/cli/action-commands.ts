import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import type { ActOptions } from './act.ts';
import { type ApiFlags, apiFor, type Cli, toWhole, withApi } from './flags.ts';
import type { Io } from './io.ts';

interface ActionFlags extends ApiFlags {
  readonly query?: string;
  readonly reason?: string;
  readonly actor?: string;
  readonly ifVersion?: number;
  readonly yes?: true;
  readonly as?: string;
  readonly result?: string;
}

const descriptions: Readonly<Record<ActOptions['action'], string>> = {
  cancel: 'turn running sagas back',
  retry: 'try again now: what is parked, or waits for its next attempt',
  skip: 'go on without the parked command',
  compensate: 'turn back sagas that run, or parked before the point of no return',
  resolve: 'say how the parked command really ended, or close the saga as abandoned',
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
    .option('-y, --yes', 'do not ask before acting on several');
  if (action === 'resolve')
    command.addOption(
      new Option('--as <end>', 'how it ended')
        .choices(['succeeded', 'refused', 'abandoned'])
        .makeOptionMandatory(),
    );
  if (action === 'resolve' || action === 'skip')
    command.option('--result <json>', 'stands in for the result: JSON, @file, or - for stdin');
  command.action(
    does(async (ids: readonly string[], flags: ActionFlags) => {
      const { act } = await import('./act.ts');
      return act(io, apiFor(io, flags), await toOptions(io, action, ids, flags));
    }),
  );
}

async function toOptions(
  io: Io,
  action: ActOptions['action'],
  ids: readonly string[],
  flags: ActionFlags,
): Promise<ActOptions> {
  const { readJson } = await import('./json-argument.ts');
  const { parseQuery } = await import('./query.ts');
  const { reason, actor = userInfo().username, as, result } = flags;
  const body = {
    actor,
    reason,
    as,
    result: result === undefined ? undefined : await readJson(io, result, '--result'),
  };
  const query = flags.query === undefined ? undefined : parseQuery(flags.query);
  return {
    action,
    ids,
    query,
    body,
    ifVersion: flags.ifVersion,
    isSure: flags.yes === true,
    isJson: flags.json === true,
  };
}
