import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import type { ActOptions } from './act.ts';
import type { ApiFlags } from './flags.ts';
import type { Io } from './io.ts';
import { readJson } from './json-argument.ts';

/** What goes with an action, as it is typed. */
export interface ActionFlags extends ApiFlags {
  readonly reason?: string;
  readonly actor?: string;
  readonly as?: string;
  readonly result?: string;
  readonly choice?: string;
  readonly input?: string;
  readonly to?: string;
  readonly name?: string;
  readonly data?: string;
}

const json = 'JSON, @file, or - for stdin';

/** The options that only some actions have. */
const own: Readonly<Partial<Record<ActOptions['action'], readonly Option[]>>> = {
  retry: [new Option('--input <json>', `the command's input from now on: ${json}`)],
  skip: [new Option('--result <json>', `stands in for the result: ${json}`)],
  compensate: [new Option('--to <step>', 'only back to this step, and forward again from there')],
  resolve: [
    choice('--as <end>', 'how it ended', ['succeeded', 'refused', 'abandoned']),
    new Option('--result <json>', `stands in for the result: ${json}`),
  ],
  decide: [choice('--choice <choice>', 'what to do', ['retry', 'skip', 'compensate'])],
  signal: [
    new Option('--name <signal>', 'which signal').makeOptionMandatory(),
    new Option('--data <json>', `what comes with it: ${json}`),
  ],
};

/** Adds the options of one action. */
export function addOwnOptions(command: Command, action: ActOptions['action']): void {
  for (const option of own[action] ?? []) command.addOption(option);
}

/** The body of an action's request. Throws `CliError` for JSON that is none. */
export async function toActionBody(io: Io, flags: ActionFlags): Promise<Readonly<Record<string, unknown>>> {
  const { reason, actor = userInfo().username, as, choice: chosen, to, name } = flags;
  const read = (text: string | undefined, option: string) =>
    text === undefined ? undefined : readJson(io, text, option);
  return {
    actor,
    reason,
    as,
    choice: chosen,
    to,
    name,
    result: await read(flags.result, '--result'),
    input: await read(flags.input, '--input'),
    data: await read(flags.data, '--data'),
  };
}

function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).makeOptionMandatory();
}
