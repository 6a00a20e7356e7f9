import { type CaseEnd, runCase, type Services } from './matrix-world.ts';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { type Deviation, faults, type Path } from './matrix-wire.ts';

/** A saga whose paths are looked for. */
export interface Subject {
  readonly saga: AnySagaDefinition;
  readonly input: unknown;
  readonly services: Services;
}

/** A path, and how it goes when nothing dies. */
export interface KnownPath {
  readonly path: Path;
  readonly end: CaseEnd;
}

/**
 * Every path with up to `deviations` attempts that do not go well, found by going them: each attempt that was sent may
 * have fared otherwise, once or from then on.
 */
export async function pathsOf(subject: Subject, deviations: number): Promise<readonly KnownPath[]> {
  const known: KnownPath[] = [{ path: [], end: await runCase({ ...subject, path: [], crashes: [] }) }];
  for (const { path, end } of known) {
    if (path.length === deviations) continue;
    for (const deviation of nextDeviations(path, end)) {
      const next = [...path, deviation];
      known.push({ path: next, end: await runCase({ ...subject, path: next, crashes: [] }) });
    }
  }
  return known;
}

/** Deviations of what was sent after the last one: so each set of them is found once. */
function nextDeviations(path: Path, { sent }: CaseEnd): readonly Deviation[] {
  const last = path.at(-1);
  const from = last === undefined ? 0 : sent.indexOf(`${last.command}#${last.attempt}`) + 1;
  const isFree = (text: string) => last?.isForever !== true || !text.startsWith(`${last.command}#`);
  return [...new Set(sent.slice(from))].filter(isFree).flatMap((text) => {
    const [command = '', attempt = ''] = text.split('#');
    const possible = command.startsWith('seal') ? faults.filter((fault) => fault !== 'refused') : faults;
    return possible.flatMap((fault) =>
      // A refusal stays; of the others, two that come again until all attempts are used up.
      (fault === 'failed' || fault === 'lostReply' ? [false, true] : [false]).map((isForever) => ({
        command,
        attempt: Number(attempt),
        fault,
        isForever,
      })),
    );
  });
}
