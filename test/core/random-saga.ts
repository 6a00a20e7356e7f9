import fc from 'fast-check';
import { getNextTransitions } from 'xstate';
import { defineSaga, type StepOptions } from '../../src/core/definition.ts';
import { isAwaited } from '../../src/core/command.ts';
import { ringing } from '../../src/core/pause.ts';
import { commandName, stepsOf, waitsOf } from '../../src/core/steps.ts';
import { type AnyDefinition, type Cue, goOn, play, type Played, toEvent } from './play.ts';

type Options = StepOptions<unknown, object, unknown> & { readonly when?: () => boolean };

/** A definition whose names the compiler does not follow. */
interface Chain extends AnyDefinition {
  step(name: string, options: Options): Chain;
  waitFor(name: string, options: object): Chain;
  parallel(name: string, build: (group: Chain) => Chain): Chain;
}

/** What a random step is made of. */
interface StepTraits {
  readonly undo: 'compensation' | 'always' | 'none' | 'readonly';
  readonly onFailure: 'compensate' | 'retry' | 'ask';
  readonly onExhausted: 'compensate' | 'ask';
  readonly maximumAttempts: number;
  readonly guard: 'none' | 'runs' | 'skips';
}

const traits: fc.Arbitrary<StepTraits> = fc.record({
  undo: fc.constantFrom('compensation', 'compensation', 'always', 'none', 'readonly'),
  onFailure: fc.constantFrom('compensate', 'compensate', 'retry', 'ask'),
  onExhausted: fc.constantFrom('compensate', 'compensate', 'ask'),
  maximumAttempts: fc.integer({ min: 1, max: 3 }),
  guard: fc.constantFrom('none', 'none', 'runs', 'skips'),
});

/** What a random wait is made of. */
interface WaitTraits {
  readonly onTimeout: 'compensate' | 'ask' | 'continue';
  readonly timeout: number | undefined;
  readonly guard: 'none' | 'runs' | 'skips';
}

const waitTraits: fc.Arbitrary<WaitTraits> = fc.record({
  onTimeout: fc.constantFrom('compensate', 'ask', 'continue'),
  timeout: fc.constantFrom(undefined, 60_000),
  guard: fc.constantFrom('none', 'none', 'runs', 'skips'),
});

const node = fc.oneof(
  { weight: 4, arbitrary: traits },
  { weight: 3, arbitrary: fc.array(traits, { minLength: 2, maxLength: 3 }) },
  { weight: 1, arbitrary: waitTraits },
);

/** Sagas of any sound shape: steps and groups, perhaps a pivot, perhaps retriable steps behind it. */
export const randomSaga: fc.Arbitrary<AnyDefinition> = fc
  .record({
    before: fc.array(node, { minLength: 1, maxLength: 3 }),
    pivot: fc.option(traits),
    after: fc.array(node, { maxLength: 2 }),
    timeout: fc.constantFrom(undefined, 3_600_000),
  })
  .map(({ before, pivot, after, timeout }) => {
    const start = defineSaga('random', timeout === undefined ? {} : { timeout }) as unknown as Chain;
    const withBefore = before.reduce((saga, one, index) => add(saga, `s${index}`, one, optionsOf), start);
    const withPivot = pivot === null ? withBefore : withBefore.step('pivot', forward(pivot, 'pivot'));
    return after.reduce(
      (saga, one, index) =>
        add(saga, `r${index}`, one, (of) => ({ ...forward(of, 'retriable'), onExhausted: 'compensate' })),
      withPivot,
    );
  });

/** Numbers that choose one event after the other from those a saga of this kind may ever meet. */
export const randomChoices = fc.array(fc.nat(), { maxLength: 20 });

const ends = [
  'succeeded',
  'succeeded',
  'succeeded',
  'refused',
  'failed',
  'unreachable',
  'lost',
  'inProgress',
  'sealed',
  'timeout',
  'backoff',
  'poll',
];
const others = [
  'cancel',
  'deadline',
  'park',
  'retry',
  'skip',
  'compensate',
  'resolve as succeeded',
  'resolve as refused',
  'resolve as abandoned',
  'pause',
  'resume',
];

/** Every saga state on a random way; `visit` is told of the state before, the cue, and the state after it. */
export function wander(
  saga: AnyDefinition,
  choices: readonly number[],
  visit: (before: Played, cue: Cue, after: Played) => void,
): Played {
  const commands = stepsOf(saga.plan).flatMap(({ name }) =>
    (['do', 'undo', 'seal'] as const).map((op) => commandName(name, op)),
  );
  const nodes = saga.plan.nodes.map(({ name }) => name);
  const people: readonly Cue[] = [
    ...nodes.map((to) => ({ type: 'compensate', to })),
    ...waitsOf(saga.plan).map(({ name }) => ({ type: 'signal', name, data: { of: name } })),
    ...['retry', 'skip', 'compensate'].map((choice) => ({ type: 'decide', choice })),
    { type: 'retry', input: { changed: true } },
  ];
  const replies: readonly Cue[] = commands.flatMap((name) => ends.map((end) => `${name}.${end}`));
  const lost: readonly Cue[] = commands.flatMap((name) => [
    { type: `${name}.lost`, retryable: false },
    { type: `${name}.refused`, resent: true },
  ]);
  return choices.reduce<Played>((before, choice) => {
    // Only what the chart has an arrow for, or most of a random way would be standing still.
    const { state } = before.snapshot;
    const known = new Set(getNextTransitions(state).map(({ eventType }) => eventType));
    const rings = ringing(before.snapshot);
    const events = [...replies, ...lost, ...others, ...people].map((cue) => ({
      cue,
      event: toEvent(before.logic, before.snapshot, cue),
    }));
    const possible = events
      .filter(({ event }) => known.has(event.type) && state.can(event as never))
      // Nobody answers what a paused saga did not send, and its timers wait with it.
      .filter(({ event }) => !('attempt' in event) || isAwaited(state.context, event))
      .filter(({ event }) => !event.type.startsWith('xstate.after.') || event.type in rings)
      .map(({ cue }) => cue);
    const cue = possible[choice % possible.length];
    if (cue === undefined) return before;
    const after = goOn(before, cue);
    visit(before, cue, after);
    return after;
  }, play(saga));
}

function add(
  saga: Chain,
  name: string,
  of: StepTraits | WaitTraits | readonly StepTraits[],
  toOptions: (of: StepTraits) => Options,
): Chain {
  if (isWait(of)) return saga.waitFor(name, waitOptions(name, of));
  if (!isGroup(of)) return saga.step(name, toOptions(of));
  return saga.parallel(name, (group) =>
    of.reduce((all, one, index) => all.step(`${name}m${index}`, toOptions(one)), group),
  );
}

function isGroup(of: StepTraits | readonly StepTraits[]): of is readonly StepTraits[] {
  return Array.isArray(of);
}

function isWait(of: StepTraits | WaitTraits | readonly StepTraits[]): of is WaitTraits {
  return 'onTimeout' in of;
}

/** Behind the point of no return nothing can be undone when a signal does not come. */
function waitOptions(name: string, { onTimeout, timeout, guard }: WaitTraits): object {
  const isBehind = name.startsWith('r');
  return {
    onTimeout: isBehind && onTimeout === 'compensate' ? 'ask' : onTimeout,
    ...(timeout === undefined ? {} : { timeout }),
    ...(guard === 'none' ? {} : { when: () => guard === 'runs' }),
  };
}

function optionsOf({ undo, ...of }: StepTraits): Options {
  const options = { ...common(of), action: 'shop.do', onExhausted: of.onExhausted } as const;
  if (undo === 'readonly') return { ...options, kind: 'readonly' };
  if (undo === 'none') return { ...options, compensation: { none: 'no effect' } };
  return {
    ...options,
    compensation: { operation: 'shop.undo', retry: { maximumAttempts: of.maximumAttempts } },
    // A refusal that may leave effects behind cannot be tried again: the definition refuses the pair.
    ...(undo === 'always' && of.onFailure !== 'retry' ? { undo } : {}),
  };
}

function forward(of: StepTraits, kind: 'pivot' | 'retriable'): Options {
  return { ...common(of), kind, action: 'shop.do', onExhausted: of.onExhausted };
}

function common({ onFailure, maximumAttempts, guard }: Omit<StepTraits, 'undo'>) {
  return {
    onFailure,
    retry: { maximumAttempts },
    ...(guard === 'none' ? {} : { when: () => guard === 'runs' }),
  };
}
