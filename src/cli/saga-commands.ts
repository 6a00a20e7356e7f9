import { type Command, Option } from 'commander';
import type { Query } from './api.ts';
import { addPair, type ApiFlags, apiFor, type Cli, toDuration, toWhole, withApi } from './flags.ts';
import { causes, statuses } from './saga-words.ts';

interface StartFlags extends ApiFlags {
  readonly input: string;
  readonly id?: string;
  readonly key?: string;
  readonly sagaVersion?: number;
  readonly attribute?: Readonly<Record<string, string>>;
  readonly wait?: number | true;
}

interface FilterFlags extends ApiFlags {
  readonly status?: string;
  readonly name?: string;
  readonly sagaVersion?: number;
  readonly cause?: string;
  readonly step?: string;
  readonly participant?: string;
  readonly error?: string;
  readonly attribute?: Readonly<Record<string, string>>;
  readonly overridden?: true;
  readonly stuck?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

interface WatchFlags extends FilterFlags {
  readonly interval: number;
  readonly timeout?: number;
}

/** How long `start --wait` waits when it is not told; ms. */
const defaultWait = 60_000;

/** Adds the commands that start sagas and look at them. */
export function addSagaCommands(program: Command, cli: Cli): void {
  addStart(program, cli);
  addList(program, cli);
  addShow(program, cli);
  addEvents(program, cli);
  addWatch(program, cli);
}

function addStart(program: Command, { io, does }: Cli): void {
  withApi(program.command('start').description('start a saga'))
    .argument('<name>', 'of its definition')
    .option('--input <json>', 'JSON, @file, or - for stdin', '{}')
    .option('--id <id>', 'of the saga; a new one without it')
    .option('--key <key>', 'idempotency key: the same key with the same request is the same saga')
    .option('--saga-version <n>', 'of the definition; the newest without it', toWhole(1))
    .option('--attribute <name=value>', 'to find the saga by; may be repeated', addPair)
    .option(
      '--wait [duration]',
      'until it is settled, a minute unless given; exit 0 only if it completed',
      toDuration,
    )
    .action(
      does(
        async (name: string, { input, id, key, sagaVersion, attribute = {}, wait, ...flags }: StartFlags) => {
          const { start } = await import('./start.ts');
          const patience = wait === true ? defaultWait : wait;
          return start(io, apiFor(io, flags), {
            name,
            input,
            id,
            key,
            sagaVersion,
            attributes: attribute,
            wait: patience,
            isJson: flags.json === true,
          });
        },
      ),
    );
}

function addList(program: Command, { io, does }: Cli): void {
  withFilter(withApi(program.command('ls').description('list sagas, newest first')))
    .option('--limit <n>', 'how many at most', toWhole(1), 50)
    .action(
      does(async (flags: FilterFlags & { readonly limit: number }) => {
        const { list } = await import('./list.ts');
        return list(io, apiFor(io, flags), {
          filter: toFilter(flags),
          limit: flags.limit,
          isJson: flags.json === true,
        });
      }),
    );
}

function addShow(program: Command, { io, does }: Cli): void {
  withApi(
    program
      .command('show')
      .description('show one saga: its steps and compensations as lanes, and what is possible'),
  )
    .argument('<id>')
    .option('--as-test', 'as a test of its definition that goes the same way')
    .action(
      does(async (id: string, flags: ApiFlags & { readonly asTest?: true }) => {
        const { show } = await import('./show.ts');
        return show(io, apiFor(io, flags), {
          id,
          isJson: flags.json === true,
          isTest: flags.asTest === true,
        });
      }),
    );
}

function addEvents(program: Command, { io, does }: Cli): void {
  withApi(program.command('events').description("print a saga's journal, oldest first"))
    .argument('<id>')
    .option('-f, --follow', 'go on until the saga is closed')
    .option('--after <seq>', 'only what came after this position', toWhole(0), 0)
    .option('--interval <duration>', 'how often to look for more', toDuration, 500)
    .action(
      does(
        async (
          id: string,
          flags: ApiFlags & { readonly follow?: true; readonly after: number; readonly interval: number },
        ) => {
          const { events } = await import('./events.ts');
          return events(io, apiFor(io, flags), {
            id,
            after: flags.after,
            follows: flags.follow === true,
            interval: flags.interval,
            isJson: flags.json === true,
          });
        },
      ),
    );
}

function addWatch(program: Command, { io, does }: Cli): void {
  withFilter(
    withApi(
      program
        .command('watch')
        .description('print a saga each time it moved, until it is settled; without an id, all that match'),
    ),
  )
    .argument('[id]')
    .option('--interval <duration>', 'how often to look', toDuration, 500)
    .option('--timeout <duration>', 'how long at most', toDuration)
    .action(
      does(async (id: string | undefined, flags: WatchFlags) => {
        const { watchMany, watchOne } = await import('./watch.ts');
        const options = { interval: flags.interval, timeout: flags.timeout, isJson: flags.json === true };
        const api = apiFor(io, flags);
        return id === undefined
          ? watchMany(io, api, toFilter(flags), options)
          : watchOne(io, api, id, options);
      }),
    );
}

function withFilter(command: Command): Command {
  return command
    .option('--status <status,…>', `one or several of ${statuses.join(', ')}`)
    .option('--name <name>', 'of the definition')
    .option('--saga-version <n>', 'of the definition', toWhole(1))
    .addOption(new Option('--cause <cause>', 'why it went back').choices(causes))
    .option('--step <name>', 'at hand, also while it is undone')
    .option('--participant <name>', 'whose answer is awaited')
    .option('--error <code>', 'of the fault it has')
    .option('--attribute <name=value>', 'given at the start; may be repeated', addPair)
    .option('--overridden', 'a person overrode what the saga promises')
    .option('--stuck <duration>', 'should be moving, and did not for so long')
    .option('--text <words>', 'in the code, message or step of its fault')
    .option('--since <time>', 'started at or after: an ISO time, or how long ago (1h)')
    .option('--until <time>', 'started before');
}

function toFilter(flags: FilterFlags): Query {
  const { status, name, sagaVersion, cause, step, participant, error, stuck, text, since, until } = flags;
  const attributes = Object.entries(flags.attribute ?? {}).map(([key, value]) => [`attr.${key}`, value]);
  const overridden = flags.overridden === true ? 'true' : undefined;
  return {
    status,
    name,
    version: sagaVersion,
    cause,
    step,
    participant,
    error,
    overridden,
    stuck,
    q: text,
    since,
    until,
    ...(Object.fromEntries(attributes) as Query),
  };
}
