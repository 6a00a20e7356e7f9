import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Guarantee } from '../proof/effects.ts';
import type { CheckFormat } from './check.ts';
import { CliError } from './exit-code.ts';
import { type Cli, type CommonFlags, configFor, toDuration, toWhole, withCommon } from './flags.ts';

interface CheckFlags extends CommonFlags {
  readonly output: CheckFormat;
  readonly foreign?: string;
  readonly participant?: Readonly<Record<string, Guarantee>>;
  readonly limit: number;
}

/** Adds the commands that prove things about sagas. */
export function addProofCommands(program: Command, cli: Cli): void {
  addCheck(program, cli);
  addConformance(program, cli);
  addUpgrade(program, cli);
  addCoverage(program, cli);
}

interface CoverageFlags extends CommonFlags {
  readonly name?: string;
  readonly output: 'text' | 'json' | 'svg';
  readonly embedded?: true;
  readonly tests?: string;
}

function addCoverage(program: Command, { io, does }: Cli): void {
  withCommon(
    program
      .command('coverage')
      .description('say which transitions of their charts sagas took, as their journals tell'),
  )
    .argument('<modules...>', 'what exports the saga definitions')
    .option('--name <name>', 'of one definition')
    .option('--tests <json>', 'what tests wrote down instead (ModelCoverage): JSON, @file, or -')
    .option('--embedded', 'the embedded database, where no URL is set')
    .addOption(
      new Option('-o, --output <format>', 'text, json, or a drawing')
        .choices(['text', 'json', 'svg'])
        .default('text'),
    )
    .action(
      does(async (modules: readonly string[], flags: CoverageFlags) => {
        const { coverage } = await import('./coverage.ts');
        const { readJson } = await import('./json-argument.ts');
        return coverage(io, {
          reports: flags.tests === undefined ? undefined : await readJson(io, flags.tests, '--tests'),
          settings: configFor(io, flags).settings,
          modules,
          isEmbedded: flags.embedded === true,
          format: flags.json === true ? 'json' : flags.output,
          name: flags.name,
        });
      }),
    );
}

interface UpgradeFlags extends CommonFlags {
  readonly migrate?: string;
  readonly apply?: true;
  readonly revert?: true;
  readonly actor?: string;
  readonly reason?: string;
  readonly batch: number;
  readonly embedded?: true;
}

function addUpgrade(program: Command, { io, does }: Cli): void {
  withCommon(
    program
      .command('upgrade')
      .description(
        'say what a new version of a definition means for every saga that runs, and move them to it',
      ),
  )
    .argument('<old>', 'the module that exports the version they run')
    .argument('<new>', 'the module that exports the new version')
    .option('--migrate <module>', 'exports a function for each saga that needs one, by its name')
    .option('--apply', 'move them, where nothing is in the way')
    .addOption(new Option('--revert', 'move back those that have not gone on since').conflicts('apply'))
    .option('--actor <name>', 'who does it')
    .option('--reason <text>', 'why')
    .option('--batch <n>', 'how many in one statement', toWhole(1), 200)
    .option(
      '--embedded',
      'the sagas of the embedded database, where no URL is set; no node may use it meanwhile',
    )
    .action(
      does(async (from: string, to: string, flags: UpgradeFlags) => {
        const { upgrade } = await import('./upgrade.ts');
        const { migrate, actor, reason, batch } = flags;
        const mode = flags.apply === true ? 'apply' : flags.revert === true ? 'revert' : 'check';
        const settings = configFor(io, flags).settings;
        return upgrade(io, {
          settings,
          from,
          to,
          migrate,
          mode,
          actor,
          reason,
          batch,
          isEmbedded: flags.embedded === true,
          isJson: flags.json === true,
        });
      }),
    );
}

function addConformance(program: Command, { io, does }: Cli): void {
  withCommon(
    program
      .command('conformance')
      .description('replay the journals of all sagas, and name those that are not what theirs make of them'),
  )
    .argument('<modules...>', 'what exports the saga definitions')
    .option(
      '--every <duration>',
      'look again and again, at those that moved, until a signal ends it',
      toDuration,
    )
    .option('--embedded', 'the embedded database, where no URL is set')
    .action(
      does(
        async (
          modules: readonly string[],
          flags: CommonFlags & { readonly every?: number; readonly embedded?: true },
        ) => {
          const { conformance } = await import('./conformance.ts');
          return conformance(io, {
            settings: configFor(io, flags).settings,
            modules,
            isEmbedded: flags.embedded === true,
            every: flags.every,
            isJson: flags.json === true,
          });
        },
      ),
    );
}

function addCheck(program: Command, { io, does }: Cli): void {
  withCommon(
    program
      .command('check')
      .description('explore everything that may happen to the sagas of a module, and say what does not hold'),
  )
    .argument('[module]', 'exports the sagas')
    .option('--foreign <json>', 'the description of a saga of another engine instead: JSON, @file, or -')
    .option(
      '--participant <name=guarantee>',
      'barrier (default), idempotent or plain; may be repeated',
      addGuarantee,
    )
    .option('--limit <n>', 'the most states of one exploration', toWhole(1), 100_000)
    .addOption(
      new Option(
        '-o, --output <format>',
        'text, json, or of counterexamples: mmd, svg (the shortest), a failing test',
      )
        .choices(['text', 'json', 'mmd', 'svg', 'test'])
        .default('text'),
    )
    .action(
      does(async (module: string | undefined, flags: CheckFlags) => {
        const { check, checkForeign } = await import('./check.ts');
        const format = flags.json === true ? 'json' : flags.output;
        const { foreign, limit, participant: participants = {} } = flags;
        if (foreign !== undefined) {
          const { readJson } = await import('./json-argument.ts');
          return checkForeign(io, await readJson(io, foreign, '--foreign'), { format, limit });
        }
        if (module === undefined)
          throw new CliError('usage', 'nothing to check: name a module, or --foreign a description');
        return check(io, { module, format, participants, limit });
      }),
    );
}

function addGuarantee(
  text: string,
  before: Readonly<Record<string, Guarantee>> = {},
): Readonly<Record<string, Guarantee>> {
  const [, name, guarantee] = /^([A-Za-z0-9_-]{1,64})=(barrier|idempotent|plain)$/.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError('Write name=barrier, name=idempotent or name=plain.');
  return { ...before, [name]: guarantee as Guarantee };
}
