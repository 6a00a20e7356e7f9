import type { AnySagaDefinition } from '../../core/definition.ts';
import type { HookCall } from '../../core/hooks.ts';
import type { Hook, SagaNode, SagaPlan, Step } from '../../core/steps.ts';
import type { Chronicle } from './chronicle.ts';
import type { Faults } from './faults.ts';
import type { HookRun } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What watching hooks needs. */
export interface HookWatchOptions {
  readonly random: SeededRandom;
  readonly chronicle: Chronicle;
  /** What goes wrong now. */
  readonly faults: () => Faults;
}

/** How often one hook throws at most: those who throw five times in a row are given up. */
const mostThrows = 3;

/** Notices which hooks of definitions run, and lets some of them throw. */
export class HookWatch {
  readonly #options: HookWatchOptions;
  readonly #runs: HookRun[] = [];
  readonly #throws = new Map<string, number>();

  constructor(options: HookWatchOptions) {
    this.#options = options;
  }

  /** The hooks that ran to their end, in order. */
  get runs(): readonly HookRun[] {
    return this.#runs;
  }

  /** The same definition with watched hooks: its machine only knows their names. */
  watched(definition: AnySagaDefinition): AnySagaDefinition {
    const { name, version, nodes, options, ref, machine, plan } = definition;
    const watched: SagaPlan = {
      ...plan,
      hooks: this.#watchedHooks(plan.hooks),
      nodes: plan.nodes.map((node) => this.#watchedNode(node)),
    };
    return { name, version, nodes, options, ref, machine, plan: watched };
  }

  #watchedNode(node: SagaNode): SagaNode {
    const watch = (step: Step): Step => ({ ...step, hooks: this.#watchedHooks(step.hooks) });
    if (node.type === 'wait') return node;
    return node.type === 'step' ? watch(node) : { ...node, members: node.members.map(watch) };
  }

  #watchedHooks<Hooks extends Readonly<Record<string, Hook>>>(hooks: Hooks): Hooks {
    return Object.fromEntries(
      Object.entries(hooks).map(([name, hook]) => [name, (call: HookCall) => this.#run(hook, call)]),
    ) as Hooks;
  }

  async #run(run: Hook, call: HookCall): Promise<void> {
    const { hook, step, sagaId } = call;
    if (this.#isToThrow(`${sagaId} ${hook} ${step ?? ''}`)) throw new Error('the hook throws');
    await run(call);
    const line = this.#options.chronicle.tell(
      'hook',
      `${hook}${step === undefined ? '' : ` of ${step}`} of ${sagaId} ran`,
    );
    this.#runs.push({ line, sagaId, hook, ...(step === undefined ? {} : { step }) });
  }

  #isToThrow(name: string): boolean {
    const { random, faults } = this.#options;
    const throws = this.#throws.get(name) ?? 0;
    if (throws >= mostThrows || !random.chance(faults().hookThrows)) return false;
    this.#throws.set(name, throws + 1);
    return true;
  }
}
