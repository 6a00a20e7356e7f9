import { type Logger, type Saga, SagaError } from 'sagachart';
import { toBanner } from './banner.ts';
import { readConfig } from './config.ts';
import { watchNpm } from './npm-process.ts';
import { runSamples } from './samples.ts';
import { type Demo, startDemo } from './start-demo.ts';

/** `npm run demo`: everything in one process, until a signal ends it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (config.databaseUrl === undefined)
    console.log('Opening the embedded PostgreSQL; the first time takes some seconds …');
  const samples: Saga[] = [];
  const starting = startDemo({
    config,
    logger,
    prepare: async (parts) => void samples.push(...(await runSamples(parts))),
  });
  watchNpm(() => endWithNpm(starting));
  const demo = await starting;
  console.log(toBanner(demo, samples));
  closeOnSignal(demo);
}

/** What people should see of the engine; its daily business is in the journal. */
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
};

/** npm, tsx and the terminal each pass a Ctrl-C on: what comes within this many ms of the first is the same one. */
const echo = 1_000;

/** The first signal closes everything in order, a second one ends the process at once. */
function closeOnSignal(demo: Demo): void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first !== undefined) {
      if (performance.now() - first > echo) process.exit(130);
      return;
    }
    first = performance.now();
    console.log(`${signal}: closing; once more ends it at once`);
    demo.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** How long closing may take when npm is gone: whoever starts again wants port and data directory now; ms. */
const haste = 400;

/** Whoever kills npm means the demo. */
function endWithNpm(starting: Promise<Demo>): void {
  const kill = () => process.kill(process.pid, 'SIGKILL');
  setTimeout(kill, haste);
  starting.then((demo) => demo.close()).then(() => process.exit(0), kill);
}

function fail(error: unknown): never {
  console.error(error instanceof SagaError || error instanceof RangeError ? error.message : error);
  process.exit(1);
}

main().catch(fail);
