import { Argument, type Command, Option } from 'commander';
import type { TokenOptions } from './token.ts';
import { type ApiFlags, type Cli, type CommonFlags, configFor, withApi, withCommon } from './flags.ts';

interface ServeFlags extends CommonFlags {
  readonly host?: string;
  readonly port?: string;
  readonly healthPort?: string;
  readonly logLevel?: string;
  readonly embedded?: true;
  readonly migrate: boolean;
}

interface DevFlags extends CommonFlags {
  readonly participants?: string;
  readonly host?: string;
  readonly port?: string;
  readonly logLevel?: string;
  readonly watch: boolean;
}

/** Adds the commands that run a node and look after its installation. */
export function addNodeCommands(program: Command, cli: Cli): void {
  addDev(program, cli);
  addServe(program, cli);
  addWorker(program, cli);
  addMigrate(program, cli);
  addConfig(program, cli);
  addDoctor(program, cli);
  addToken(program, cli);
  addCompletion(program, cli);
}

function addDev(program: Command, { io, does }: Cli): void {
  program
    .command('dev')
    .description('try sagas out: database and broker in this process, started again when a file changes')
    .argument(
      '[module]',
      'what exports the saga definitions; ./sagas.ts, ./src/sagas.ts and the like when left out',
    )
    .option('-p, --participants <module>', "serves participants, too: its export 'participants'")
    .option('--host <host>', 'where the API listens')
    .option('--port <port>', 'where the API listens; 0: any free port')
    .option('--config <file>', 'settings; default: SAGACHART_CONFIG, or ./sagachart.yaml')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent', 'warn')
    .option('--no-watch', 'do not start again when a file changes')
    .action(
      does(async (module: string | undefined, flags: DevFlags) => {
        const { dev, devNode } = await import('./dev.ts');
        const config = configFor(io, flags, {
          'http.host': flags.host,
          'http.port': flags.port,
          'log.level': flags.logLevel,
        });
        const options = { module, participants: flags.participants, config, argv: process.argv.slice(2) };
        return flags.watch ? dev(io, options) : devNode(io, options);
      }),
    );
}

function addServe(program: Command, { io, does }: Cli): void {
  withServing(
    program.command('serve').description('drive sagas and answer the HTTP API, until a signal ends it'),
  )
    .option('--host <host>', 'where the API listens')
    .option('--port <port>', 'where the API listens; 0: any free port')
    .action(
      does(async (modules: readonly string[], flags: ServeFlags) => {
        const { serve } = await import('./serve.ts');
        const config = configFor(io, flags, {
          'http.host': flags.host,
          'http.port': flags.port,
          'log.level': flags.logLevel,
        });
        return serve(io, {
          modules,
          config,
          isEmbedded: flags.embedded === true,
          migrates: flags.migrate,
          serves: 'api',
        });
      }),
    );
}

function addWorker(program: Command, { io, does }: Cli): void {
  withServing(
    program.command('worker').description('drive sagas without the HTTP API, until a signal ends it'),
  )
    .option('--health-port <port>', 'where /healthz and /readyz are answered; not at all without it')
    .action(
      does(async (modules: readonly string[], flags: ServeFlags) => {
        const { serve } = await import('./serve.ts');
        const config = configFor(io, flags, { 'health.port': flags.healthPort, 'log.level': flags.logLevel });
        return serve(io, {
          modules,
          config,
          isEmbedded: flags.embedded === true,
          migrates: flags.migrate,
          serves: 'health',
        });
      }),
    );
}

function withServing(command: Command): Command {
  return command
    .argument('<modules...>', 'what exports the saga definitions, such as ./sagas.js')
    .option('--config <file>', 'settings; default: SAGACHART_CONFIG, or ./sagachart.yaml')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent')
    .option('--no-migrate', 'leave the tables as they are')
    .option('--embedded', 'stand-ins for PostgreSQL and NATS where no URL is set; for development');
}

function addMigrate(program: Command, { io, does }: Cli): void {
  withCommon(program.command('migrate').description('bring the tables up to date'))
    .option('--check', 'only look; exit 1 where migrations are pending')
    .action(
      does(async (flags: CommonFlags & { readonly check?: true }) => {
        const { migrate } = await import('./migrate.ts');
        return migrate(io, {
          settings: configFor(io, flags).settings,
          isCheck: flags.check === true,
          isJson: flags.json === true,
        });
      }),
    );
}

function addConfig(program: Command, { io, does }: Cli): void {
  withCommon(
    program
      .command('config')
      .description('print the effective settings and where each came from; secrets hidden'),
  ).action(
    does(async (flags: CommonFlags) => {
      const { printConfig } = await import('./print-config.ts');
      return printConfig(io, configFor(io, flags), flags.json === true);
    }),
  );
}

function addDoctor(program: Command, { io, does }: Cli): void {
  withApi(
    program
      .command('doctor')
      .description('look at everything a node needs; exit 1 where something is missing'),
  ).action(
    does(async (flags: ApiFlags) => {
      const { doctor } = await import('./doctor.ts');
      return doctor(io, { readConfig: () => configFor(io, flags), isJson: flags.json === true });
    }),
  );
}

function addToken(program: Command, { io, does }: Cli): void {
  program
    .command('token')
    .description('print a new token for the API, and the line that lets it in')
    .option('--name <name>', 'whom it is for; the actor in the journal', 'operator')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['viewer', 'operator', 'admin'])
        .default('operator'),
    )
    .option('--tenants <names>', 'whose sagas: names with commas, or * for all', 'default')
    .option('--json', 'JSON')
    .action(
      does(async ({ json, ...options }: Omit<TokenOptions, 'isJson'> & { readonly json?: true }) => {
        const { printToken } = await import('./token.ts');
        return printToken(io, { ...options, isJson: json === true });
      }),
    );
}

function addCompletion(program: Command, { io, does }: Cli): void {
  program
    .command('completion')
    .description('print what makes a shell complete commands: source <(sagachart completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(
      does(async (shell: 'bash' | 'zsh' | 'fish') => {
        const { toCompletion } = await import('./completion.ts');
        io.out(toCompletion(program, shell));
        return 'ok';
      }),
    );
}
