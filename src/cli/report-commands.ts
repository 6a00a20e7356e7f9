import type { Command } from 'commander';
import { type ApiFlags, apiFor, type Cli, toWhole, withApi } from './flags.ts';

interface ErrorFlags extends ApiFlags {
  readonly name?: string;
  readonly since?: string;
  readonly limit: number;
}

interface AuditFlags extends ApiFlags {
  readonly saga?: string;
  readonly action?: string;
  readonly limit: number;
}

interface BatchFlags extends ApiFlags {
  readonly abort?: true;
  readonly limit: number;
}

/** Adds the commands that look at many sagas at once. */
export function addReportCommands(program: Command, cli: Cli): void {
  addErrors(program, cli);
  addBatches(program, cli);
  addAudit(program, cli);
  addRepublish(program, cli);
}

function addErrors(program: Command, { io, does }: Cli): void {
  withApi(
    program.command('errors').description('the faults that sagas have now, grouped; the commonest first'),
  )
    .option('--name <name>', 'of the definition')
    .option('--since <time>', 'met at or after: an ISO time, or how long ago (1h)')
    .option('--limit <n>', 'how many at most', toWhole(1), 50)
    .action(
      does(async ({ name, since, limit, ...flags }: ErrorFlags) => {
        const { errors } = await import('./reports.ts');
        return errors(io, apiFor(io, flags), {
          filter: { name, since, limit },
          isJson: flags.json === true,
        });
      }),
    );
}

function addRepublish(program: Command, { io, does }: Cli): void {
  withApi(program.command('republish').description('have events published again, under the same ids'))
    .option('--from <position>', 'of the journal; data.position of an event', toWhole(0), 0)
    .action(
      does(async ({ from, ...flags }: ApiFlags & { readonly from: number }) => {
        const { republish } = await import('./republish.ts');
        return republish(io, apiFor(io, flags), { from, isJson: flags.json === true });
      }),
    );
}

function addBatches(program: Command, { io, does }: Cli): void {
  withApi(program.command('batches').description('batches of actions, and how far they are'))
    .argument('[id]', 'one, with the sagas that refused')
    .option('--abort', 'end it; what is done stays done')
    .option('--limit <n>', 'how many at most', toWhole(1), 20)
    .action(
      does(async (id: string | undefined, flags: BatchFlags) => {
        const { listBatches, showBatch } = await import('./batch.ts');
        const api = apiFor(io, flags);
        const isJson = flags.json === true;
        if (id === undefined) return listBatches(io, api, { limit: flags.limit, isJson });
        return showBatch(io, api, { id, isAborted: flags.abort === true, isJson });
      }),
    );
}

function addAudit(program: Command, { io, does }: Cli): void {
  withApi(program.command('audit').description('what people did to sagas and why, newest first'))
    .option('--saga <id>', 'only to this one')
    .option('--action <action>', 'only this: retry')
    .option('--limit <n>', 'how many at most', toWhole(1), 50)
    .action(
      does(async ({ saga, action, limit, ...flags }: AuditFlags) => {
        const { audit } = await import('./reports.ts');
        return audit(io, apiFor(io, flags), {
          filter: { saga, action, limit },
          isJson: flags.json === true,
        });
      }),
    );
}
