import { defineSaga, type AnySagaDefinition, type StepOptions } from '../../src/core/definition.ts';
import type { Schema } from '../../src/core/schema.ts';
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts';

type Options = StepOptions<unknown, object, unknown> & { readonly when?: (view: never) => boolean };

/** A definition whose names the compiler does not follow. */
interface Chain extends AnySagaDefinition {
  step(name: string, options: Options): Chain;
  waitFor(name: string, options: object): Chain;
  parallel(name: string, build: (group: Chain) => Chain): Chain;
}

/** What a saga is started with; guards look at it. */
export interface PoolInput {
  readonly coin: boolean;
}

const defaults = {
  timeout: 600,
  retry: { initialInterval: 100, maximumInterval: 1_500, maximumAttempts: 3 },
} as const;
const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const noop = () => {};
const hooks = { onSuccess: noop, onFailure: noop };
const ends = { onCompleted: noop, onCompensated: noop, onFailed: noop };

/** What every reply of a simulated participant is: `{ effect: <number> }`. */
const effectReply: Schema = {
  '~standard': {
    version: 1,
    vendor: 'sagachart',
    validate: (value) => {
      const isFit = typeof (value as { effect?: unknown } | null)?.effect === 'number';
      return isFit ? { value } : { issues: [{ message: 'no effect' }] };
    },
  },
};

/** The order of the examples. */
const order = defineSaga('order', { defaults, hooks: ends })
  .step('reserve', { ...undone('reserve'), hooks })
  .step('charge', { ...undone('charge'), reply: effectReply })
  .step('ship', { ...undone('ship'), hooks })
  .step('complete', { kind: 'retriable', action: 'shop.complete' });

/** A pivot between what can be undone and what must be done. */
const trade = defineSaga('trade', { defaults, timeout: '6s', hooks: ends })
  .step('hold', undone('hold'))
  .step('pay', {
    kind: 'pivot',
    action: 'bank.pay',
    retry: { maximumAttempts: 2 },
    reply: effectReply,
    hooks,
  })
  .step('book', { kind: 'retriable', action: 'bank.book', hooks });

/** Steps at the same time, one with a guard. */
const trip = defineSaga<PoolInput>('trip', { defaults })
  .step('look', { kind: 'readonly', action: 'shop.look' })
  .parallel('reserve', (group) =>
    group
      .step('car', { ...undone('car'), timeout: 300 })
      .step('hotel', { ...undone('hotel'), hooks })
      .step('guide', { ...undone('guide'), when: ({ input }) => input.coin, retry: { maximumAttempts: 1 } }),
  )
  .step('ticket', undone('ticket'));

/** Steps that ask a person. */
const claim = defineSaga('claim', { defaults, timeout: '10s', hooks: ends })
  .step('open', { ...undone('open'), onFailure: 'ask', onExhausted: 'ask', retry: { maximumAttempts: 1 } })
  .step('check', { ...undone('check'), onFailure: 'retry', timeout: 2_000 })
  .step('note', { ...undone('note'), undo: 'always' })
  .step('decide', {
    kind: 'pivot',
    action: 'desk.decide',
    onExhausted: 'ask',
    retry: { maximumAttempts: 1 },
  });

/** Steps between which a person, and the world outside, are waited for. */
const loan = defineSaga('loan', { defaults, timeout: '25s', hooks: ends })
  .step('hold', undone('hold'))
  .waitFor('approval', { timeout: '4s', onTimeout: 'ask' })
  .step('rate', { ...undone('rate'), onFailure: 'ask' })
  .waitFor('papers', {})
  .step('pay', { kind: 'pivot', action: 'bank.pay', retry: { maximumAttempts: 2 } })
  .waitFor('receipt', { timeout: '2s', onTimeout: 'continue' })
  .step('book', { kind: 'retriable', action: 'bank.book' });

/** How many random definitions there are besides the five. */
const shapes = 60;

/** Definitions to simulate: those of the documentation, and random ones of every shape. The same each time. */
export const sagaPool: readonly AnySagaDefinition[] = [
  order,
  trade,
  trip,
  claim,
  loan,
  ...Array.from({ length: shapes }, (_, index) => randomSaga(index)),
];

function randomSaga(index: number): AnySagaDefinition {
  const random = new SeededRandom(index).fork('saga');
  const options = {
    defaults,
    ...(random.chance(0.4) ? { timeout: random.integer(2_000, 12_000) } : {}),
    ...(random.chance(0.5) ? { hooks: ends } : {}),
  };
  const start = defineSaga(`random${index}`, options) as unknown as Chain;
  const before = Array.from({ length: random.integer(1, 4) }, (_, at) => `s${at}`);
  const withBefore = before.reduce(
    (saga, name) => addNode(saga, name, random, () => compensatable(random)),
    start,
  );
  const withPivot = random.chance(0.5)
    ? withBefore.step('pivot', {
        ...forward(random, 'pivot'),
        onExhausted: random.pick(['compensate', 'ask'] as const),
      })
    : withBefore;
  const after = random.chance(0.5) ? [] : Array.from({ length: random.integer(1, 2) }, (_, at) => `r${at}`);
  return after.reduce(
    (saga, name) => addNode(saga, name, random, () => forward(random, 'retriable')),
    withPivot,
  );
}

function addNode(saga: Chain, name: string, random: SeededRandom, toOptions: () => Options): Chain {
  if (random.chance(0.12)) return saga.waitFor(name, waitOptions(name, random));
  if (random.chance(0.7)) return saga.step(name, toOptions());
  const members = Array.from({ length: random.integer(2, 3) }, (_, at) => `${name}m${at}`);
  return saga.parallel(name, (group) =>
    members.reduce((all, member) => all.step(member, toOptions()), group),
  );
}

function waitOptions(name: string, random: SeededRandom): object {
  // Behind the point of no return nothing can be undone when a signal does not come.
  const choices = name.startsWith('r') ? ['ask', 'continue'] : ['compensate', 'ask', 'continue'];
  return {
    onTimeout: random.pick(choices),
    ...(random.chance(0.7) ? { timeout: random.integer(300, 6_000) } : {}),
    ...(random.chance(0.2) ? { when: ({ input }: { readonly input: PoolInput }) => input.coin } : {}),
  };
}

function compensatable(random: SeededRandom): Options {
  const options = {
    ...common(random),
    action: 'shop.do',
    onExhausted: random.pick(['compensate', 'compensate', 'ask'] as const),
  } as const;
  const kind = random.pick(['undo', 'undo', 'undo', 'undo', 'always', 'none', 'readonly'] as const);
  if (kind === 'readonly') return { ...options, kind };
  if (kind === 'none') return { ...options, compensation: { none: 'nothing to undo' } };
  const compensation = {
    operation: 'shop.undo',
    timeout: random.integer(300, 1_000),
    retry: { maximumAttempts: random.integer(1, 4) },
  } as const;
  // A refusal that may leave effects behind must not be tried again.
  return { ...options, compensation, ...(kind === 'always' ? { undo: kind, onFailure: 'compensate' } : {}) };
}

function forward(random: SeededRandom, kind: 'pivot' | 'retriable'): Options {
  return { ...common(random), kind, action: random.pick(['bank.pay', 'desk.decide']) };
}

function common(random: SeededRandom) {
  const initialInterval = random.pick([50, 200, 1_000, 4_500]);
  return {
    timeout: random.integer(200, 1_500),
    retry: {
      maximumAttempts: random.integer(1, 4),
      initialInterval,
      maximumInterval: Math.max(initialInterval, 2_000),
    },
    onFailure: random.pick(['compensate', 'compensate', 'retry', 'ask'] as const),
    ...(random.chance(0.2) ? { when: ({ input }: { readonly input: PoolInput }) => input.coin } : {}),
    ...(random.chance(0.3) ? { hooks } : {}),
    ...(random.chance(0.3) ? { reply: effectReply } : {}),
  };
}
