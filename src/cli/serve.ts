import type { AnySagaDefinition } from '../core/definition.ts';
import type { Config } from './config.ts';
import type { ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadParticipants } from './load-participants.ts';
import { loadSagas } from './load-sagas.ts';
import { createLog, type Log } from './log.ts';
import { type Node, openNode } from './node.ts';
import { checkEmbedded } from './parts.ts';
import { stopSignal } from './stop-signal.ts';
import { version } from './version.ts';

/** What is served, and how. */
export interface ServeOptions {
  readonly modules: readonly string[];
  /** The module of participants that the node serves itself. */
  readonly participants?: string;
  readonly config: Config;
  readonly isEmbedded: boolean;
  readonly migrates: boolean;
  readonly serves: 'api' | 'health';
}

/** `sagachart serve` and `sagachart worker`: drives sagas until a signal ends it. */
export async function serve(io: Io, options: ServeOptions): Promise<ExitReason> {
  const { settings } = options.config;
  const signal = stopSignal();
  if (options.isEmbedded) checkEmbedded(io.env);
  const log = createLog(settings.log.level);
  logCrashes(log);
  const sagas = await loadSagas(io.cwd, options.modules);
  const participants =
    options.participants === undefined ? undefined : await loadParticipants(io.cwd, options.participants);
  const node = await openNode({ ...options, settings, sagas, participants, log });
  announce(io, node, sagas, options);
  log.info({ version, ...node.places, sagas: sagas.map(toName) }, 'ready');
  log.info({ signal: await signal }, 'closing; a second signal ends the process at once');
  return close(node, log, settings.shutdown.timeout);
}

async function close(node: Node, log: Log, timeout: number): Promise<ExitReason> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not closed after ${timeout} ms; other nodes take over when the lease is over`)),
      timeout,
    );
  });
  try {
    await Promise.race([node.close(), expired]);
    log.info({}, 'closed');
    return 'ok';
  } catch (error) {
    log.error({ err: error }, 'the node did not close in order');
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}

/** An error that nobody caught leaves the process in a state that nobody knows; others take over. */
function logCrashes(log: Log): void {
  const crash = (error: unknown) => {
    log.fatal({ err: error }, 'an error that nobody caught: the process ends');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

function announce(
  io: Io,
  { places }: Node,
  sagas: readonly AnySagaDefinition[],
  { serves }: ServeOptions,
): void {
  io.out(`sagachart ${version} ${serves === 'api' ? 'serves' : 'works on'} ${sagas.map(toName).join(', ')}`);
  io.out(`  PostgreSQL  ${places.database}`);
  io.out(`  NATS        ${places.nats}`);
  if (places.events !== undefined) io.out(`  Events      ${places.events}`);
  if (places.http !== undefined) io.out(`  ${serves === 'api' ? 'API   ' : 'Health'}      ${places.http}`);
  if (places.http !== undefined && serves === 'api') io.out(`  Page        ${places.http}/ui/`);
  if (places.health !== undefined) io.out(`  Health      ${places.health}`);
}

function toName({ name, version: number }: AnySagaDefinition): string {
  return `${name}@${number}`;
}
