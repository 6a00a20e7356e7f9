import { connectNats } from '../nats/connection.ts';
import { createApi } from './api.ts';
import { paint, type Tone } from './colour.ts';
import type { Config } from './config.ts';
import type { Diagnosis } from './diagnosis.ts';
import { diagnosePostgres } from './doctor-postgres.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import { toApiOptions } from './flags.ts';
import { type Io, plain } from './io.ts';
import { maskText, maskUrl } from './mask.ts';
import type { Settings } from './settings.ts';

/** What to look at. */
export interface DoctorOptions {
  /** Throws where the configuration is not valid: that is a finding. */
  readonly readConfig: () => Config;
  readonly isJson: boolean;
}

/** How long others may take to answer; ms. */
const patience = 5_000;

/** `sagachart doctor`: looks at everything a node needs; fails when something it needs is missing. */
export async function doctor(io: Io, { readConfig, isJson }: DoctorOptions): Promise<ExitReason> {
  let isWell = true;
  for await (const diagnosis of diagnose(readConfig)) {
    isWell &&= diagnosis.status !== 'failed';
    for (const line of isJson ? [JSON.stringify(diagnosis)] : toLines(io, diagnosis)) io.out(line);
  }
  return isWell ? 'ok' : 'failed';
}

async function* diagnose(readConfig: () => Config): AsyncGenerator<Diagnosis> {
  yield diagnoseNode(process.versions.node);
  const config = tryConfig(readConfig);
  if ('status' in config) {
    yield config;
    return;
  }
  yield { name: 'configuration', status: 'ok', detail: config.file ?? 'environment and defaults' };
  yield* await diagnosePostgres(config.settings);
  yield await diagnoseNats(config.settings);
  yield await diagnoseApi(config);
}

/** Whether this version of Node can run the package. */
export function diagnoseNode(version: string): Diagnosis {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isFit = major > 20 || (major === 20 && minor >= 19);
  if (isFit) return { name: 'node', status: 'ok', detail: version };
  return { name: 'node', status: 'failed', detail: version, advice: 'Node 20.19 or later is needed.' };
}

function tryConfig(readConfig: () => Config): Config | Diagnosis {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return {
      name: 'configuration',
      status: 'failed',
      detail: error.message,
      advice: 'Nothing else can be looked at before.',
    };
  }
}

async function diagnoseNats({ nats: { url } }: Settings): Promise<Diagnosis> {
  if (url === undefined)
    return {
      name: 'nats',
      status: 'failed',
      detail: 'NATS_URL is not set',
      advice: 'Give the URL of a NATS server.',
    };
  try {
    return { name: 'nats', status: 'ok', detail: `${maskUrl(url)}: ${await describeNats(url)}` };
  } catch (error) {
    return {
      name: 'nats',
      status: 'failed',
      detail: maskText((error as Error).message),
      advice: 'Does it run, and is NATS_URL right?',
    };
  }
}

async function describeNats(url: string): Promise<string> {
  const connection = await connectNats({
    url,
    name: 'sagachart doctor',
    client: { reconnect: false, timeout: patience },
  });
  try {
    const roundTrip = await connection.rtt();
    const { version = '?', jetstream = false } = connection.info ?? {};
    return `nats-server ${version}, answers in ${roundTrip} ms, JetStream ${jetstream ? 'on' : 'off'}`;
  } finally {
    await connection.close();
  }
}

/** A node need not run yet, unless somebody said where. */
async function diagnoseApi({ settings, sources }: Config): Promise<Diagnosis> {
  const { url } = settings.api;
  try {
    const options = toApiOptions(settings);
    const client = createApi({ ...options, timeout: patience });
    await client.get('/readyz');
    // Whether it is let in, too.
    if (options.token !== undefined) await client.get('/v1/stats');
    return { name: 'api', status: 'ok', detail: `${maskUrl(url)} is ready` };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return {
      name: 'api',
      status: sources.has('api.url') ? 'failed' : 'warn',
      detail: error.message,
      advice: error.advice.join(' '),
    };
  }
}

const tones: Readonly<Record<Diagnosis['status'], Tone>> = {
  ok: 'good',
  warn: 'busy',
  failed: 'bad',
  skipped: 'dim',
};

function toLines(io: Io, { name, status, detail, advice }: Diagnosis): readonly string[] {
  const [first = '', ...more] = detail.split('\n').map(plain);
  const head = `${paint(io, tones[status], status.padEnd(7))} ${name.padEnd(14)} ${first}`;
  const rest = advice === undefined || status === 'ok' ? more : [...more, advice];
  return [head, ...rest.map((line) => `${' '.repeat(23)}${line.trim()}`)];
}
