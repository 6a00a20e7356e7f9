import type { Deviation } from '../proof/conformance.ts';
import { type ConformanceReport, ConformanceWatch } from '../proof/conformance-watch.ts';
import { encryptedStore } from '../runtime/encrypted-store.ts';
import { systemClock } from '../runtime/system.ts';
import { Closers } from './closers.ts';
import { paint } from './colour.ts';
import type { ExitReason } from './exit-code.ts';
import { type Io, plain } from './io.ts';
import { loadSagas } from './load-sagas.ts';
import { openStore } from './parts.ts';
import { toPayloadCodec } from './security.ts';
import type { Settings } from './settings.ts';
import { stopSignal } from './stop-signal.ts';

/** What to watch. */
export interface ConformanceCommandOptions {
  readonly settings: Settings;
  readonly modules: readonly string[];
  readonly isEmbedded: boolean;
  /** How often to look again, until a signal ends it; ms. `undefined`: once. */
  readonly every: number | undefined;
  readonly isJson: boolean;
}

/** `sagachart conformance`: replays every journal, and names the sagas that are not what theirs make of them. */
export async function conformance(io: Io, options: ConformanceCommandOptions): Promise<ExitReason> {
  const { settings, isEmbedded, every, isJson } = options;
  const sagas = await loadSagas(io.cwd, options.modules);
  const closers = new Closers();
  try {
    const { part } = await openStore({ settings, isEmbedded, migrates: false, closers });
    const codec = toPayloadCodec(settings);
    const store = codec === undefined ? part : encryptedStore(part, codec);
    const watch = new ConformanceWatch({ store, sagas });
    if (every === undefined) return show(io, await watch.look(), isJson);
    let reason: ExitReason = 'ok';
    closers.add(() => watch.close());
    watch.open({
      clock: systemClock,
      every,
      onReport: (report) => {
        if (show(io, report, isJson) === 'failed') reason = 'failed';
      },
      onError: (error) => io.note(`the journals could not be read: ${(error as Error).message}`),
    });
    await stopSignal();
    return reason;
  } finally {
    await closers.close();
  }
}

function show(io: Io, report: ConformanceReport, isJson: boolean): ExitReason {
  const { checked, deviations, unknown } = report;
  if (isJson) io.out(JSON.stringify(report));
  else for (const deviation of deviations) io.out(paint(io, 'bad', plain(toLine(deviation))));
  const others = Object.entries(unknown).map(([name, count]) => `${count} of ${name}`);
  io.note(
    `${checked} sagas replayed, ${deviations.length} differ${others.length === 0 ? '' : `; not known here: ${others.join(', ')}`}`,
  );
  return deviations.length === 0 ? 'ok' : 'failed';
}

function toLine({ tenant, id, definition, kind, seq, what }: Deviation): string {
  return `${tenant} ${id} (${definition.name}@${definition.version}) ${kind} at ${seq}: ${what}`;
}
