import { randomUUID } from 'node:crypto';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { StoredSnapshot } from '../core/snapshot.ts';
import type { DefinitionRef } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import {
  type MigratedData,
  stateClass,
  type StructuralDiff,
  structuralDiff,
  type UpgradeAssessment,
  type UpgradeVerdict,
} from '../core/upgrade.ts';
import type { OpenSaga, UpgradeStore } from '../postgres/upgrade-store.ts';
import { upgradeCheck } from '../proof/upgrade-check.ts';
import { paint } from './colour.ts';
import { CliError } from './exit-code.ts';
import { type Io, plain } from './io.ts';

/** Makes the snapshot that a saga goes on with on the new version. */
export type Migrate = (snapshot: StoredSnapshot) => StoredSnapshot;

/** A definition in both versions. */
export interface Pair {
  readonly from: AnySagaDefinition;
  readonly to: AnySagaDefinition;
}

/** What is to be done with sagas. `check`: only say what would be; `apply`: do it; `revert`: take back what was applied, where nothing moved since. */
export type UpgradeMode = 'check' | 'apply' | 'revert';

/** What one state means for the sagas in it. */
export interface StateReport extends UpgradeAssessment {
  readonly state: string;
  readonly count: number;
  /** One of them. */
  readonly example: string;
}

/** The upgrade of one definition. */
export interface UpgradeRunOptions extends Pair {
  readonly mode: UpgradeMode;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  /** How many sagas in one statement. */
  readonly batch: number;
  readonly isJson: boolean;
  /** `undefined`: there is no database; only the definitions are compared. */
  readonly store: UpgradeStore | undefined;
  readonly migrate: Migrate | undefined;
}

/** Looks at all sagas of one definition, and moves them. */
export class UpgradeRun {
  readonly #io: Io;
  readonly #options: UpgradeRunOptions;
  readonly #from: SagaLogic;
  readonly #to: SagaLogic;
  readonly #states = new Map<string, StateReport & { readonly migrated: boolean }>();
  #moved = 0;
  #left = 0;

  constructor(io: Io, options: UpgradeRunOptions) {
    this.#io = io;
    this.#options = options;
    this.#from = logicOf(options.from);
    this.#to = logicOf(options.to);
  }

  /** Whether nothing is in the way, or everything was done. */
  async go(): Promise<boolean> {
    const { store, from, to, mode } = this.#options;
    if (mode === 'revert') await this.#each(to.ref, (sagas) => this.#revert(sagas));
    else {
      if (store !== undefined)
        await this.#each(from.ref, async (sagas) => sagas.forEach((saga) => this.#assess(saga)));
      if (mode === 'apply' && this.#isClear()) await this.#each(from.ref, (sagas) => this.#apply(sagas));
    }
    this.#show();
    return mode === 'check'
      ? this.#isClear()
      : mode === 'revert'
        ? this.#left === 0
        : this.#isClear() && this.#left === 0;
  }

  #isClear(): boolean {
    return [...this.#states.values()].every(({ verdict }) => verdict === 'same' || verdict === 'safe');
  }

  async #each(ref: DefinitionRef, work: (sagas: readonly OpenSaga[]) => Promise<void>): Promise<void> {
    const { store, batch } = this.#options;
    if (store === undefined)
      throw new CliError('usage', 'DATABASE_URL is not set: there are no sagas to upgrade', {
        advice: ['For those of the embedded database: --embedded'],
      });
    for await (const sagas of store.open(ref, batch)) await work(sagas);
  }

  #assess(saga: OpenSaga): void {
    const key = stateClass(saga.stored);
    const known = this.#states.get(key);
    if (known !== undefined) {
      this.#states.set(key, { ...known, count: known.count + 1 });
      return;
    }
    const [from, to] = [this.#from, this.#to];
    const plainly = upgradeCheck({ from, to, stored: saga.stored });
    const isMapped =
      this.#options.migrate !== undefined &&
      (plainly.verdict === 'needsMapping' || plainly.verdict === 'unsafe');
    const found = isMapped ? this.#tryMapping(saga.stored) : plainly;
    const state = JSON.stringify(saga.stored.value);
    this.#states.set(key, { ...found, state, count: 1, example: saga.id, migrated: isMapped });
  }

  #tryMapping(stored: StoredSnapshot): UpgradeAssessment {
    try {
      return upgradeCheck({ from: this.#from, to: this.#to, stored, migrated: this.#mapped(stored) });
    } catch (error) {
      return { verdict: 'needsMapping', reasons: [`migrate threw: ${(error as Error).message}`] };
    }
  }

  #mapped(stored: StoredSnapshot): StoredSnapshot {
    // A function of somebody else's must not change what is kept to take the upgrade back.
    const made = this.#options.migrate?.(structuredClone(stored)) ?? stored;
    return JSON.parse(JSON.stringify(made)) as StoredSnapshot;
  }

  async #apply(sagas: readonly OpenSaga[]): Promise<void> {
    const { from, to } = this.#options;
    const known = sagas.filter(({ stored }) => this.#states.has(stateClass(stored)));
    this.#left += sagas.length - known.length;
    await this.#repin(
      known.map((saga) => {
        const isMapped = this.#states.get(stateClass(saga.stored))?.migrated === true;
        const snapshot = isMapped ? this.#mapped(saga.stored) : saga.stored;
        return { saga, to: this.#to, data: this.#data(from.ref, to.ref, { before: saga.stored, snapshot }) };
      }),
    );
  }

  async #revert(sagas: readonly OpenSaga[]): Promise<void> {
    const { from, to, store } = this.#options;
    const found = (await store?.migrations(sagas)) ?? new Map<OpenSaga, MigratedData>();
    const back = sagas.flatMap((saga) => {
      const data = found.get(saga);
      if (data === undefined || data.from.version !== from.ref.version) return [];
      const taken = { before: saga.stored, snapshot: data.before };
      return [{ saga, to: this.#from, data: this.#data(to.ref, from.ref, taken) }];
    });
    this.#left += sagas.length - back.length;
    await this.#repin(back);
  }

  async #repin(repins: Parameters<UpgradeStore['repin']>[1]): Promise<void> {
    const done = await this.#options.store?.repin(randomUUID(), repins, Date.now());
    const count = done?.filter(Boolean).length ?? 0;
    this.#moved += count;
    this.#left += repins.length - count;
  }

  #data(
    from: DefinitionRef,
    to: DefinitionRef,
    snapshots: { before: StoredSnapshot; snapshot: StoredSnapshot },
  ) {
    const { actor, reason } = this.#options;
    return {
      from,
      to,
      ...snapshots,
      ...(actor === undefined ? {} : { actor }),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  #show(): void {
    const { from, to, mode, isJson } = this.#options;
    const diff = structuralDiff(from.plan, to.plan);
    const states = [...this.#states.values()].map(({ migrated, ...state }) => ({
      ...state,
      isMapped: migrated,
    }));
    const report = {
      saga: to.name,
      from: from.version,
      to: to.version,
      diff,
      states,
      moved: this.#moved,
      left: this.#left,
    };
    if (isJson) return this.#io.out(JSON.stringify(report));
    this.#io.out(`${to.name}: ${from.version} → ${to.version}`);
    for (const [what, names] of Object.entries(diff) as readonly (readonly [
      keyof StructuralDiff,
      readonly string[],
    ])[])
      if (names.length > 0) this.#io.out(`  ${what}: ${plain(names.join(', '))}`);
    for (const { verdict, state, count, example, reasons, isMapped } of states) {
      const mapped = isMapped ? ', by migrate' : '';
      this.#io.out(
        paint(
          this.#io,
          tones[verdict],
          `  ${verdict}${mapped}  ${count} in ${plain(state)} (${plain(example)})`,
        ),
      );
      for (const reason of reasons) this.#io.out(`      ${plain(reason)}`);
    }
    if (mode !== 'check') this.#io.out(`  ${this.#moved} moved, ${this.#left} left as they are`);
  }
}

const tones: Readonly<Record<UpgradeVerdict, 'good' | 'busy' | 'bad'>> = {
  same: 'good',
  safe: 'good',
  needsMapping: 'busy',
  unsafe: 'bad',
};

function logicOf({ plan, machine }: AnySagaDefinition): SagaLogic {
  return { plan, machine: machine as SagaLogic['machine'] };
}
