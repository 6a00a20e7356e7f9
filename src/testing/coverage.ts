import { replayed } from '../core/replayed.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { ChartArrows } from './chart-arrows.ts';

/** Which transitions of a saga's machine were taken, and how often. */
export interface CoverageReport {
  readonly saga: string;
  readonly version: number;
  readonly total: number;
  readonly covered: number;
  /** By transition: `running.charge.executing: charge.refused → compensating.reserve`. */
  readonly taken: Readonly<Record<string, number>>;
  readonly uncovered: readonly string[];
  /** How often each state was come to, by its path: `running.charge.executing`. */
  readonly states: Readonly<Record<string, number>>;
}

/** Counts the transitions that sagas took: those of tests (`given` tells it), and from their journals those of production. */
export class ModelCoverage {
  readonly #plan: SagaPlan;
  readonly #logic: SagaLogic;
  readonly #arrows: ChartArrows;
  readonly #taken = new Map<string, number>();
  readonly #states = new Map<string, number>();

  constructor({ plan, machine }: { readonly plan: SagaPlan; readonly machine: unknown }) {
    this.#plan = plan;
    this.#logic = { plan, machine: machine as SagaLogic['machine'] };
    this.#arrows = new ChartArrows(plan, this.#logic.machine);
  }

  /** Adds the way of one saga. Throws `NotFoundError` for a journal of another machine. */
  add(
    rows: readonly JournalRow[],
    { id = 'saga', deadlineAt = null }: { readonly id?: string; readonly deadlineAt?: number | null } = {},
  ): void {
    let before: SagaSnapshot | undefined;
    for (const { row, event, move } of replayed(this.#logic, { id, deadlineAt }, rows)) {
      if (before !== undefined) this.#count(this.#taken, this.#arrows.taken(before, event));
      else if (event.type === 'start' && 'input' in event)
        this.#count(this.#taken, this.#arrows.takenAtStart(event.input));
      this.#count(this.#states, row.state.split(' | '));
      before = move.snapshot;
    }
  }

  get report(): CoverageReport {
    const { all } = this.#arrows;
    const uncovered = all.filter((arrow) => !this.#taken.has(arrow));
    return {
      saga: this.#plan.name,
      version: this.#plan.version,
      total: all.length,
      covered: all.length - uncovered.length,
      taken: Object.fromEntries(this.#taken),
      uncovered,
      states: Object.fromEntries(this.#states),
    };
  }

  #count(counts: Map<string, number>, names: readonly string[]): void {
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}

/** A report as people read it, line by line; `most` uncovered transitions are named. */
export function toCoverageText(report: CoverageReport, most = 50): readonly string[] {
  const { saga, version, total, covered, uncovered } = report;
  const share = total === 0 ? 100 : Math.floor((100 * covered) / total);
  const more = uncovered.length - most;
  return [
    `${saga}@${version}: ${covered} of ${total} transitions taken (${share} %)`,
    ...uncovered.slice(0, most).map((arrow) => `  never: ${arrow}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}
