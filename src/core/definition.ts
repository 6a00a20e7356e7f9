import { type Duration, toMilliseconds } from './duration.ts';
import { DefinitionError } from './errors.ts';
import { fingerprint } from './hash.ts';
import { type SagaMachine, structureOf, toMachine } from './machine.ts';
import { type RetryOptions, toRetryPolicy } from './retry-policy.ts';
import type { Schema } from './schema.ts';
import {
  type Group,
  type Hook,
  type OnExhausted,
  type OnFailure,
  type Operation,
  type SagaNode,
  type SagaPlan,
  type SagaView,
  type Step,
  type StepKind,
  stepsOf,
} from './steps.ts';
import type { DefinitionRef } from './store.ts';
import { checkPlan, parseOperation } from './validate-definition.ts';
import { toWait, type UncertainWaitOptions, type WaitOptions } from './wait.ts';

/** What a saga is, besides its steps. */
export interface SagaOptions<Input> {
  /** Raise it when the steps change: sagas in flight stay on the version they started with. Default 1. */
  readonly version?: number;
  readonly description?: string;
  /** Validates the input (any Standard Schema); its output is what steps see. */
  readonly input?: Schema<Input>;
  /** The deadline, counted from the start: a saga that is late is cancelled, or, past the point of no return, marked late. */
  readonly timeout?: Duration;
  /** What steps use that say nothing themselves. */
  readonly defaults?: StepDefaults;
  /** Called after the saga came to a rest; at least once. */
  readonly hooks?: SagaPlan['hooks'];
  /** Anything about the saga that tools and people want to know; plain JSON. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Settings that a saga's steps share. */
export interface StepDefaults {
  /** How long one attempt may take. Default 10 s. */
  readonly timeout?: Duration;
  readonly retry?: RetryOptions;
}

/** `participant.operation`, each `^[A-Za-z0-9_-]{1,64}$`. */
export type OperationName = `${string}.${string}`;

/** How a step is undone. */
export interface CompensationOptions<Input, Results, Reply> extends StepDefaults {
  readonly operation: OperationName;
  /** Makes the undo's input; `original` is the action's result, `undefined` where it is not known. Default: the action's input. */
  readonly input?: (view: SagaView<Input, Results>, original: Reply | undefined) => unknown;
}

/** One step: its action and, usually, its compensation. */
export interface StepOptions<Input, Results, Reply> extends StepDefaults {
  readonly kind?: StepKind;
  readonly description?: string;
  readonly action: OperationName;
  /** Makes the action's input; pure. Default: the saga's input. */
  readonly input?: (view: SagaView<Input, Results>) => unknown;
  /** Validates the reply (any Standard Schema); its output is the step's result. */
  readonly reply?: Schema<Reply>;
  /** Needed for a compensatable step; `{ none: 'why' }` says that nothing can or need be undone. */
  readonly compensation?:
    | OperationName
    | CompensationOptions<Input, Results, Reply>
    | { readonly none: string };
  /** `'always'`: undo even after a refusal, for participants whose refusals may leave effects behind. */
  readonly undo?: 'always';
  /** On a refusal. Default `'compensate'`. */
  readonly onFailure?: OnFailure;
  /** When all attempts are used up. Default `'compensate'`. */
  readonly onExhausted?: OnExhausted;
  /** Called after the step's end is durable; at least once. */
  readonly hooks?: { readonly onSuccess?: Hook; readonly onFailure?: Hook };
}

/** A step that runs only when its guard says so; its result may be missing. */
export interface ConditionalStepOptions<Input, Results, Reply> extends StepOptions<Input, Results, Reply> {
  /** Looked at once, when the saga comes to the step; pure. */
  readonly when: (view: SagaView<Input, Results>) => boolean;
}

/** A name that is not taken yet. */
type Fresh<Name extends string, Taken extends string> = Name extends Taken
  ? `'${Name}' is already a step`
  : Name;

/**
 * A saga as its author writes it: an immutable chain, each call returns a longer one. The types follow: a step sees
 * the results of the steps before it.
 */
export class SagaDefinition<Input = unknown, Results extends object = object, Names extends string = string> {
  readonly name: string;
  readonly version: number;
  readonly nodes: readonly SagaNode[];
  readonly options: SagaOptions<Input>;
  #plan: SagaPlan | undefined;
  #machine: SagaMachine | undefined;
  #ref: DefinitionRef | undefined;

  /** Use `defineSaga`. */
  constructor(name: string, options: SagaOptions<Input>, nodes: readonly SagaNode[] = []) {
    this.name = name;
    this.version = options.version ?? 1;
    this.options = options;
    this.nodes = nodes;
  }

  /** Adds a step. Throws `DefinitionError` when an option makes no sense. */
  step<const Name extends string, Reply = unknown>(
    name: Fresh<Name, Names>,
    options: ConditionalStepOptions<Input, Results, Reply>,
  ): SagaDefinition<Input, Results & Readonly<Record<Name, Reply | undefined>>, Names | Name>;
  step<const Name extends string, Reply = unknown>(
    name: Fresh<Name, Names>,
    options: StepOptions<Input, Results, Reply>,
  ): SagaDefinition<Input, Results & Readonly<Record<Name, Reply>>, Names | Name>;
  step(name: string, options: object): never {
    return this.#with(
      toStep(this.#at(name), name, options as AnyStepOptions, this.options.defaults),
    ) as never;
  }

  /** Adds steps that run at the same time; each sees the results of the steps before the group. */
  parallel<const Name extends string, MemberResults extends object, MemberNames extends string>(
    name: Fresh<Name, Names>,
    build: (
      group: SagaDefinition<Input, Results, never>,
    ) => SagaDefinition<Input, MemberResults, MemberNames>,
  ): SagaDefinition<Input, Results & MemberResults, Names | MemberNames | Name> {
    const group = build(new SagaDefinition<Input, Results, never>(this.name, this.options));
    const members = group.nodes.flatMap((node) => (node.type === 'step' ? [node] : []));
    if (members.length !== group.nodes.length) {
      throw new DefinitionError(`${this.#at(name)}: a parallel group holds steps, neither groups nor waits`);
    }
    return this.#with({ type: 'group', name, members } satisfies Group) as never;
  }

  /**
   * Adds a place where the saga waits for a signal of this name from outside: an approval, a webhook. Its data is the
   * result. A signal that comes early is kept; a second one is refused. While it waits the saga costs a row.
   * Throws `DefinitionError` when the timeout makes no sense.
   */
  waitFor<const Name extends string, Data = unknown>(
    name: Fresh<Name, Names>,
    options: UncertainWaitOptions<Input, Results, Data>,
  ): SagaDefinition<Input, Results & Readonly<Record<Name, Data | undefined>>, Names | Name>;
  waitFor<const Name extends string, Data = unknown>(
    name: Fresh<Name, Names>,
    options?: WaitOptions<Data>,
  ): SagaDefinition<Input, Results & Readonly<Record<Name, Data>>, Names | Name>;
  waitFor(name: string, options: object = {}): never {
    return this.#with(toWait(name, options)) as never;
  }

  /** The saga as data; the same object each time. Throws `DefinitionError` when its timeout is no duration. */
  get plan(): SagaPlan {
    const { description = '', timeout, hooks = {} } = this.options;
    this.#plan ??= {
      name: this.name,
      version: this.version,
      description,
      nodes: this.nodes,
      timeout: timeout === undefined ? undefined : toMilliseconds(timeout),
      hooks,
    };
    return this.#plan;
  }

  /** The generated XState machine; the same object each time. Throws `DefinitionError` when the saga is not sound. */
  get machine(): SagaMachine<Names, Input> {
    return this.#build() as unknown as SagaMachine<Names, Input>;
  }

  /** What a saga started from this definition is pinned to. */
  get ref(): DefinitionRef {
    this.#ref ??= {
      name: this.name,
      version: this.version,
      hash: fingerprint(`${structureOf(this.#build())}\n${kindsOf(this.plan)}`),
    };
    return this.#ref;
  }

  #build(): SagaMachine {
    if (this.#machine === undefined) {
      checkPlan(this.plan);
      this.#machine = toMachine(this.plan);
    }
    return this.#machine;
  }

  #with(node: SagaNode): SagaDefinition<Input, never, never> {
    return new SagaDefinition<Input, never, never>(this.name, this.options, [...this.nodes, node]);
  }

  #at(step: string): string {
    return `step '${step}' of saga '${this.name}'`;
  }
}

/** A definition whose types no longer matter. */
// The chain's type parameters stand in both directions; a registry holds definitions of all of them.
export type AnySagaDefinition = Pick<
  SagaDefinition<never, never, never>,
  'name' | 'version' | 'nodes' | 'plan' | 'ref'
> & {
  readonly machine: unknown;
  readonly options: Omit<SagaOptions<never>, 'input'> & { readonly input?: Schema };
};

/**
 * Begins a saga definition; chain `.step(…)` and `.parallel(…)` to it.
 *
 * @example
 * const order = defineSaga('order', { input: OrderInput, timeout: '10m' })
 *   .step('reserve', { action: 'inventory.reserve', compensation: 'inventory.release' })
 *   .step('charge', { action: 'payment.charge', compensation: 'payment.refund' });
 */
export function defineSaga<Input = unknown>(
  name: string,
  options: SagaOptions<Input> = {},
): SagaDefinition<Input, object, never> {
  return new SagaDefinition<Input, object, never>(name, options);
}

/** States do not tell a step's kind; what a stored saga owes depends on it. */
function kindsOf(plan: SagaPlan): string {
  return stepsOf(plan)
    .map(({ name, kind }) => `${name}:${kind}`)
    .join(' ');
}

type AnyStepOptions = ConditionalStepOptions<unknown, Readonly<Record<string, unknown>>, unknown>;

function toStep(at: string, name: string, options: AnyStepOptions, defaults: StepDefaults = {}): Step {
  const kind = options.kind ?? 'compensatable';
  const persistent = kind === 'retriable' ? 10 : 5;
  const action: Operation = {
    ...parseOperation(at, options.action),
    input: options.input ?? (({ input }) => input),
    timeout: toMilliseconds(options.timeout ?? defaults.timeout ?? '10s'),
    retry: toRetryPolicy({ ...defaults.retry, ...options.retry }, persistent),
  };
  const { compensation } = options;
  const none = typeof compensation === 'object' && 'none' in compensation ? compensation.none : undefined;
  return {
    type: 'step',
    name,
    kind,
    description: options.description ?? '',
    action,
    reply: options.reply,
    compensation:
      compensation === undefined || none !== undefined
        ? undefined
        : toCompensation(at, name, options, action, defaults),
    noCompensation: none,
    when: options.when,
    undoAlways: options.undo === 'always',
    onFailure: options.onFailure ?? 'compensate',
    onExhausted: options.onExhausted ?? 'compensate',
    hooks: options.hooks ?? {},
  };
}

function toCompensation(
  at: string,
  name: string,
  options: AnyStepOptions,
  action: Operation,
  defaults: StepDefaults,
): Operation {
  const given = options.compensation as
    | OperationName
    | CompensationOptions<unknown, Readonly<Record<string, unknown>>, unknown>;
  const own = typeof given === 'string' ? { operation: given } : given;
  const { input } = own;
  return {
    ...parseOperation(at, own.operation),
    input: input === undefined ? action.input : (view) => input(view, view.results[name]),
    timeout: own.timeout === undefined ? action.timeout : toMilliseconds(own.timeout),
    retry: toRetryPolicy({ ...defaults.retry, ...own.retry }, 10),
  };
}
