import { type Command, Option } from 'commander';
import type { ChartFormat } from './chart.ts';
import { CliError } from './exit-code.ts';
import {
  type ApiFlags,
  apiFor,
  type Cli,
  type CommonFlags,
  configFor,
  toDuration,
  withApi,
  withCommon,
} from './flags.ts';

interface ModuleFlags extends ApiFlags {
  readonly module?: string;
}

interface ChartFlags extends ModuleFlags {
  readonly saga?: true;
  readonly output: ChartFormat;
  readonly view: 'overview' | 'full';
}

interface VerifyFlags extends CommonFlags {
  readonly action: string;
  readonly undo?: string;
  readonly input: string;
  readonly refusedInput?: string;
  readonly tenant: string;
  readonly timeout: number;
}

/** Adds the commands about definitions and participants. */
export function addDefinitionCommands(program: Command, cli: Cli): void {
  addDefinitions(program, cli);
  addChart(program, cli);
  addVerify(program, cli);
  addParticipants(program, cli);
}

function addDefinitions(program: Command, { io, does }: Cli): void {
  withModule(
    withApi(
      program.command('definitions').description('list the sagas that a node knows, or a module exports'),
    ),
  )
    .argument('[name]', 'only this one, with its steps')
    .action(
      does(async (name: string | undefined, flags: ModuleFlags) => {
        const { definitions } = await import('./definitions.ts');
        const { loadSagas } = await import('./load-sagas.ts');
        const from = flags.module === undefined ? apiFor(io, flags) : await loadSagas(io.cwd, [flags.module]);
        return definitions(io, from, { name, isJson: flags.json === true });
      }),
    );
}

function addChart(program: Command, { io, does }: Cli): void {
  withModule(
    withApi(
      program
        .command('chart')
        .description('print the statechart of a definition, or of a saga with what it did'),
    ),
  )
    .argument('<name>', "a definition, such as order or order@2; with --saga, a saga's id")
    .option('--saga', 'of a saga')
    .addOption(
      new Option(
        '-o, --output <format>',
        'Mermaid text, a drawing, the graph, the configuration for XState, or who is asked for what',
      )
        .choices(['mmd', 'svg', 'json', 'machine', 'sequence'] satisfies readonly ChartFormat[])
        .default('mmd'),
    )
    .addOption(
      new Option('--view <view>', 'of a drawing: without or with what is inside of steps')
        .choices(['overview', 'full'])
        .default('overview'),
    )
    .action(
      does(async (name: string, flags: ChartFlags) => {
        const { chartFromApi, chartFromModule } = await import('./chart.ts');
        const options = { name, isSaga: flags.saga === true, format: flags.output, view: flags.view };
        if (flags.module === undefined) return chartFromApi(io, apiFor(io, flags), options);
        if (options.isSaga) throw new CliError('usage', 'a module has no sagas: --saga asks a node');
        const { loadSagas } = await import('./load-sagas.ts');
        return chartFromModule(io, await loadSagas(io.cwd, [flags.module]), options);
      }),
    );
}

function addVerify(program: Command, { io, does }: Cli): void {
  withCommon(
    program
      .command('verify-participant')
      .description('try over NATS whether a participant keeps the rules; it runs its operations for real'),
  )
    .argument('<participant>')
    .requiredOption('--action <operation>', 'to try')
    .option('--undo <operation>', 'its compensation')
    .option('--input <json>', 'that the action accepts: JSON, @file, or - for stdin', '{}')
    .option('--refused-input <json>', 'that the action refuses')
    .option('--tenant <tenant>', 'in whose name', 'default')
    .option('--timeout <duration>', 'how long an answer may take', toDuration, 5_000)
    .action(
      does(
        async (
          participant: string,
          { action, undo, input, refusedInput, tenant, timeout, ...flags }: VerifyFlags,
        ) => {
          const { verifyParticipant } = await import('./verify-participant.ts');
          const { settings } = configFor(io, flags);
          return verifyParticipant(io, {
            settings,
            participant,
            action,
            undo,
            input,
            refusedInput,
            tenant,
            timeout,
            isJson: flags.json === true,
          });
        },
      ),
    );
}

function addParticipants(program: Command, { io, does }: Cli): void {
  withApi(
    program
      .command('participants')
      .description('list who answers commands now; exit 1 where an operation that is asked for is not seen'),
  ).action(
    does(async (flags: ApiFlags) => {
      const { participants } = await import('./participants.ts');
      return participants(io, apiFor(io, flags), { isJson: flags.json === true });
    }),
  );
}

function withModule(command: Command): Command {
  return command.option('-m, --module <file>', 'read a module instead of asking a node');
}
