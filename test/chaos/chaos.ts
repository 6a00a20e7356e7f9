import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { membersOf } from '../../src/core/steps.ts';
import { migratePostgres } from '../../src/postgres/migrate.ts';
import { startNatsServer } from '../servers/nats.ts';
import { type ProgramSource, programIn } from '../servers/programs.ts';
import { check, type Finding, measureTakeovers, type StepRecord, type Takeovers } from './check.ts';
import { Client } from './client.ts';
import { doFaults, type FaultPlan, type FaultRecord } from './faults.ts';
import { freePort } from './free-port.ts';
import { CrashablePostgres } from './postgres-server.ts';
import { Proxy } from './proxy.ts';
import { createRandom } from './random.ts';
import { bundle, order, purchase } from './sagas.ts';
import { Slot } from './slot.ts';
import { addWitness, ask } from './witness.ts';

/** A run of chaos. */
export interface ChaosOptions {
  readonly seed: string;
  /** How long faults and load last; ms. */
  readonly duration: number;
  /** Orders a second. */
  readonly rate: number;
  /** ms */
  readonly leaseTtl: number;
  readonly plan: FaultPlan;
  /** How long sagas may take to settle after the last fault; ms. */
  readonly patience: number;
  /** Where the processes' logs go. */
  readonly folder: string;
  /** The folder of the programs that the processes run. */
  readonly programs: string;
  readonly say: (line: string) => void;
}

/** What a run came to. */
export interface ChaosReport {
  readonly findings: readonly Finding[];
  readonly sagas: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly takeovers: Takeovers;
}

/** The most memory that a node may use; bytes. */
const memoryBudget = 500 * 1024 * 1024;

/** Runs orders on three nodes and four participants while everything fails, then checks what came of it. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  mkdirSync(options.folder, { recursive: true });
  const closers: (() => Promise<unknown>)[] = [];
  try {
    return await run(options, closers);
  } finally {
    for (const close of closers.toReversed()) await close().catch(() => undefined);
  }
}

async function run(options: ChaosOptions, closers: (() => Promise<unknown>)[]): Promise<ChaosReport> {
  const { seed, say } = options;
  const world = await openWorld(options, closers);
  const { postgres, nodes, participants, urls } = world;
  const [sagas, book] = [postgres.url('sagas'), postgres.url('book')];
  await until('all processes work', 60_000, () =>
    [...nodes, ...participants].every(({ isReady }) => isReady),
  );
  const client = new Client(urls, createRandom(`${seed}/client`));
  const begun = Date.now();
  const end = begun + options.duration;
  say(`running for ${Math.round(options.duration / 1000)} s, seed ${seed}`);
  let isOver = false;
  const operating = client.operate(() => isOver);
  const watching = watch(world, () => isOver, say, client);
  const faults = await Promise.all([
    doFaults({ ...world, pause: options.leaseTtl + 2_000 }, { plan: options.plan, seed, until: end }),
    client.load(options.rate, end),
  ]).then(([done]) => done);
  say(`faults are over; waiting until all sagas are settled`);
  const settling = Date.now();
  const left = await settle(sagas, client, options.patience);
  const settledAfter = Date.now() - settling;
  isOver = true;
  await Promise.all([operating, watching]);
  for (const slot of [...nodes, ...participants]) slot.measure();
  const ended = await Promise.all(nodes.map((node) => node.close('SIGTERM')));
  await Promise.all(participants.map((participant) => participant.close()));
  say(`${ended.length} nodes ended in order; ${left} sagas not settled; checking`);
  const { starts, actions } = client;
  const findings = await check({ sagas, book, steps: stepRecords(), starts, actions, faults });
  const takeovers = await measureTakeovers(sagas);
  const statuses = await ask<{ status: string; count: number }>(
    sagas,
    'select status, count(*)::integer as count from sagas group by 1 order by 1',
  );
  const [amounts] = await ask<Record<string, number>>(
    sagas,
    `select (select count(*)::integer from saga_events) as transitions, (select count(*)::integer from chaos_applied) as effects, (select count(*)::integer from chaos_ledger where outcome <> 'applied') as answers`,
  );
  const sum = (of: (slot: Slot) => number, slots: readonly Slot[] = [...nodes, ...participants]) =>
    slots.reduce((total, slot) => total + of(slot), 0);
  return {
    findings: [...findings, ...ownFindings(world, client)],
    sagas: Object.fromEntries(statuses.map(({ status, count }) => [status, count])),
    counts: {
      'started and acknowledged': starts.filter(({ id }) => id !== null).length,
      'starts never answered': starts.filter(({ id, conflict }) => id === null && conflict === null).length,
      'starts left out': client.leftOut,
      'cancels accepted': actions.filter(({ kind, status }) => kind === 'cancel' && status === 202).length,
      'cancels too late': actions.filter(({ kind, status }) => kind === 'cancel' && status === 409).length,
      'retries by the operator': actions.filter(({ kind, status }) => kind === 'retry' && status === 202)
        .length,
      'reads compared': client.reads,
      ...amounts,
      'process starts': sum(({ starts: count }) => count),
      'starts while a server was down': sum(({ failedStarts }) => failedStarts),
      'peak memory of a node, MiB': Math.round(
        Math.max(...nodes.map(({ peakMemory }) => peakMemory)) / 1024 / 1024,
      ),
      'settled after, ms': settledAfter,
    },
    faults: countFaults(faults),
    takeovers,
  };
}

interface World {
  readonly postgres: CrashablePostgres;
  readonly nats: Awaited<ReturnType<typeof startNatsServer>>;
  readonly nodes: readonly Slot[];
  readonly participants: readonly Slot[];
  readonly proxies: readonly Proxy[];
  readonly urls: readonly string[];
}

async function openWorld(
  { seed, leaseTtl, folder, programs }: ChaosOptions,
  closers: (() => Promise<unknown>)[],
): Promise<World> {
  const postgres = await CrashablePostgres.start();
  closers.push(() => postgres.close());
  const nats = await startNatsServer();
  closers.push(() => nats.stop());
  for (const database of ['sagas', 'book'])
    await ask(postgres.url('postgres'), `create database ${database}`);
  await migratePostgres(postgres.url('sagas'));
  await addWitness(postgres.url('sagas'));
  const proxies: Proxy[] = [];
  const proxy = async (port: number) => {
    const opened = await Proxy.open(port);
    closers.push(() => opened.close());
    proxies.push(opened);
    return opened.port;
  };
  const open = async (
    name: string,
    command: readonly string[],
    ready: RegExp,
    env: Readonly<Record<string, string>>,
  ) => {
    const natsUrl = `nats://127.0.0.1:${await proxy(nats.port)}`;
    const port = await proxy(postgres.port);
    const urls = {
      NATS_URL: natsUrl,
      DATABASE_URL: postgres.url('sagas', port),
      BOOK_URL: postgres.url('book', port),
    };
    const slot = new Slot({
      name,
      command,
      ready,
      log: join(folder, `${name}.log`),
      env: { ...urls, ...env },
    });
    closers.push(() => slot.close());
    return slot;
  };
  const program = (source: ProgramSource) => programIn(programs, source);
  const participants: Slot[] = [];
  for (const name of ['inventory', 'payment', 'shipping', 'order'])
    participants.push(
      await open(name, [program('test/chaos/participant.ts'), name], /ready/, { CHAOS_SEED: seed }),
    );
  const [nodes, urls]: [Slot[], string[]] = [[], []];
  for (const name of ['node-1', 'node-2', 'node-3']) {
    const port = await freePort();
    urls.push(`http://127.0.0.1:${port}`);
    const settings = {
      SAGACHART_PORT: String(port),
      SAGACHART_LEASE_TTL: `${leaseTtl}ms`,
      SAGACHART_DATABASE_STATEMENT_TIMEOUT: '3s',
      SAGACHART_LOG_LEVEL: 'warn',
    };
    const command = [program('src/cli/main.ts'), 'serve', program('test/chaos/sagas.ts')];
    nodes.push(await open(name, command, /API +http/, settings));
  }
  return { postgres, nats, nodes, participants, proxies, urls };
}

/** Measures, and says every half minute how it goes. */
async function watch(
  { nodes, participants }: World,
  isOver: () => boolean,
  say: (line: string) => void,
  client: Client,
): Promise<void> {
  for (let seconds = 1; !isOver(); seconds += 1) {
    await delay(1_000);
    for (const slot of [...nodes, ...participants]) slot.measure();
    if (seconds % 30 !== 0) continue;
    const kills = nodes.reduce((sum, node) => sum + node.kills, 0);
    const crashes = [...nodes, ...participants].flatMap((slot) => slot.crashes).length;
    say(`${seconds} s: ${client.starts.length} started, ${kills} kills, ${crashes} crashes of their own`);
  }
}

/** Waits until nothing is under way and nothing more can be retried; gives how many sagas are still under way. */
async function settle(url: string, client: Client, patience: number): Promise<number> {
  const deadline = Date.now() + patience;
  for (;;) {
    const [row] = await ask<{ active: number; parked: number }>(
      url,
      "select count(*) filter (where status in ('running', 'compensating'))::integer as active, count(*) filter (where status = 'failed')::integer as parked from sagas",
    );
    if ((row?.active === 0 && row.parked === 0) || Date.now() > deadline) return row?.active ?? 0;
    await client.retryParked(1);
    await delay(500);
  }
}

/** What the client and the processes themselves saw. */
function ownFindings({ nodes, participants }: World, client: Client): readonly Finding[] {
  const crashes = [...nodes, ...participants].flatMap((slot) => slot.crashes);
  const fat = nodes
    .filter(({ peakMemory }) => peakMemory > memoryBudget)
    .map(({ name }) => `${name} used too much memory`);
  const { backwardReads } = client;
  return [
    {
      id: 'I-37',
      says: 'nobody reads an older version after a newer one',
      violations: backwardReads.length,
      samples: backwardReads.slice(0, 5),
    },
    {
      id: 'I-39',
      says: 'no process ends by itself, nor by an error that nobody caught; memory stays in its bounds',
      violations: crashes.length + fat.length,
      samples: [...crashes, ...fat].slice(0, 5),
    },
  ];
}

function stepRecords(): readonly StepRecord[] {
  return [order, purchase, bundle].flatMap(({ plan }) =>
    plan.nodes.flatMap((node, ordinal) =>
      membersOf(node).map((step) => ({
        saga: plan.name,
        step: step.name,
        kind: step.kind,
        ordinal,
        do_attempts: step.action.retry.maximumAttempts,
        undo_attempts: step.compensation?.retry.maximumAttempts ?? 0,
      })),
    ),
  );
}

function countFaults(faults: readonly FaultRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function until(what: string, patience: number, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + patience;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`after ${patience} ms still not: ${what}`);
    await delay(50);
  }
}
