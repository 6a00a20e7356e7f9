import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../../src/core/definition.ts';
import { DefinitionError } from '../../src/core/errors.ts';

const a = { action: 'shop.do', compensation: 'shop.undo' } as const;
const none = { action: 'shop.do', compensation: { none: 'nothing to undo' } } as const;
const pivot = { kind: 'pivot', action: 'shop.do' } as const;
const retriable = { kind: 'retriable', action: 'shop.do' } as const;
const saga = (name = 'order') => defineSaga(name);

/** What is wrong, how the saga is written, and what the message must say: the fault, and what to do. */
const faults: readonly (readonly [what: string, write: () => unknown, message: RegExp])[] = [
  ['has no steps', () => saga().machine, /saga 'order': it has no steps: add one with \.step/],
  [
    'has a name that is no identifier',
    () => saga('my order').step('one', a).machine,
    /its name must be a letter followed by letters/,
  ],
  [
    'has version 0',
    () => defineSaga('order', { version: 0 }).step('one', a).machine,
    /version is 0: use 1, 2, 3/,
  ],
  [
    'has half a version',
    () => defineSaga('order', { version: 1.5 }).step('one', a).machine,
    /version is 1\.5: use 1, 2, 3/,
  ],
  [
    'has a step whose name is no identifier',
    () => saga().step('a.b', a).machine,
    /'a\.b' is no name: use a letter/,
  ],
  [
    'has a group whose name is no identifier',
    () => saga().parallel('g!', (g) => g.step('x', a).step('y', a)).machine,
    /'g!' is no name/,
  ],
  [
    'has a member whose name is no identifier',
    () => saga().parallel('g', (g) => g.step('x y', a).step('z', a)).machine,
    /'x y' is no name/,
  ],
  [
    'has a step named like a property of every object',
    () => saga().step('constructor', a).machine,
    /'constructor' means something to JavaScript: choose another/,
  ],
  [
    'has two steps of one name',
    () =>
      saga()
        .step('one', a)
        .step('one' as 'two', a).machine,
    /step 'one' and step 'one' would both be called 'one': rename one/,
  ],
  [
    'has a step named like the undo of another',
    () => saga().step('one', a).step('undoOne', a).machine,
    /step 'undoOne' and the undo of step 'one' would both be called 'undoOne'/,
  ],
  [
    'has a step named like the seal of another',
    () => saga().step('sealOne', a).step('one', a).machine,
    /the seal of step 'one' and step 'sealOne'/,
  ],
  [
    'has a member named like its group',
    () => saga().parallel('g', (g) => g.step('g', a).step('x', a)).machine,
    /step 'g' and group 'g' would both be called 'g'/,
  ],
  [
    'has a member named like a state of its group',
    () => saga().parallel('g', (g) => g.step('settling', a).step('x', a)).machine,
    /'settling' is a state of every group's way back: choose another name/,
  ],
  [
    'has a group of one',
    () => saga().parallel('g', (g) => g.step('x', a)).machine,
    /group 'g' needs at least two steps: use \.step for one/,
  ],
  [
    'has a group within a group',
    () =>
      saga().parallel('g', (g) => g.step('x', a).parallel('h', (h) => h.step('y', a).step('z', a))).machine,
    /a parallel group holds steps, neither groups nor waits/,
  ],
  [
    'asks for something that is no operation',
    () => saga().step('one', { action: 'shop.do.it', compensation: 'shop.undo' } as never),
    /step 'one' of saga 'order': 'shop\.do\.it' is not an operation: write 'participant\.operation'/,
  ],
  [
    'smuggles a line break into an operation',
    () => saga().step('one', { ...a, action: 'shop.do\r\nPUB x' }),
    /is not an operation/,
  ],
  [
    'smuggles a wildcard into a compensation',
    () => saga().step('one', { ...a, compensation: 'shop.>' }),
    /'shop\.>' is not an operation/,
  ],
  [
    'has a compensatable step without a compensation',
    () => saga().step('one', { action: 'shop.do' }).machine,
    /step 'one' has no compensation: name the operation that undoes it, or write compensation: \{ none:/,
  ],
  [
    'undoes a readonly step',
    () => saga().step('one', { ...a, kind: 'readonly' }).machine,
    /step 'one' is readonly and has a compensation: drop one of the two/,
  ],
  [
    'undoes a pivot',
    () => saga().step('one', { ...a, kind: 'pivot' }).machine,
    /step 'one' is pivot: it is never undone, drop its compensation/,
  ],
  [
    'undoes a retriable step',
    () => saga().step('one', { ...a, kind: 'retriable' }).machine,
    /step 'one' is retriable: it is never undone/,
  ],
  [
    'asks when a retriable step is exhausted',
    () => saga().step('one', { ...retriable, onExhausted: 'ask' }).machine,
    /step 'one' is retriable: it parks by itself, drop onExhausted/,
  ],
  [
    'has a pivot in a group',
    () => saga().parallel('g', (g) => g.step('x', pivot).step('y', a)).machine,
    /step 'x' is a pivot inside a parallel group: move it out/,
  ],
  [
    'has a compensatable step after the pivot',
    () => saga().step('one', pivot).step('two', a).machine,
    /step 'two' comes after the point of no return: it must be retriable, or move before it/,
  ],
  [
    'has two pivots',
    () => saga().step('one', pivot).step('two', pivot).machine,
    /step 'two' comes after the point of no return/,
  ],
  [
    'has a readonly step after a retriable one',
    () => saga().step('one', retriable).step('two', { kind: 'readonly', action: 'shop.look' }).machine,
    /step 'two' comes after the point of no return/,
  ],
  [
    'mixes retriable steps and others in a group',
    () => saga().parallel('g', (g) => g.step('x', retriable).step('y', a)).machine,
    /step 'y' shares a group with a retriable step: make all of them retriable/,
  ],
  [
    'has a timeout of nothing',
    () => saga().step('one', { ...a, timeout: 0 }),
    /'0' is not a duration: write ms as a number, or '500ms'/,
  ],
  [
    'has a deadline that is no duration',
    () => defineSaga('order', { timeout: 'soon' as never }).step('one', a).machine,
    /'soon' is not a duration/,
  ],
  [
    'has no attempts',
    () => saga().step('one', { ...a, retry: { maximumAttempts: 0 } }),
    /maximumAttempts is 0: it must be a whole number, at least 1/,
  ],
  [
    'has half an attempt',
    () => saga().step('one', { ...a, retry: { maximumAttempts: 1.5 } }),
    /maximumAttempts is 1\.5/,
  ],
  [
    'has a backoff that shrinks',
    () => saga().step('one', { ...a, retry: { backoffCoefficient: 0.5 } }),
    /backoffCoefficient is 0\.5: it must be at least 1/,
  ],
];

describe('a saga is refused that', () => {
  it.each(faults)('%s', (_what, write, message) => {
    expect(write).toThrow(DefinitionError);
    expect(write).toThrow(message);
  });
});

describe('a sound saga', () => {
  it('may hold readonly steps, steps with nothing to undo, one pivot, and retriable steps behind it', () => {
    const sound = saga()
      .step('look', { kind: 'readonly', action: 'shop.look' })
      .step('note', none)
      .parallel('both', (group) => group.step('x', a).step('y', { kind: 'readonly', action: 'shop.look' }))
      .step('decide', pivot)
      .parallel('tell', (group) => group.step('mail', retriable).step('ring', retriable));
    expect(() => sound.machine).not.toThrow();
  });

  it('is not changed by what is chained to it', () => {
    const short = saga().step('one', a);
    const long = short.step('two', a);
    expect([short.nodes.length, long.nodes.length]).toEqual([1, 2]);
    expect(short.ref.hash).not.toBe(long.ref.hash);
  });

  it('gives the same machine each time', () => {
    const once = saga().step('one', a);
    expect(once.machine).toBe(once.machine);
  });

  it('fills in what its author left out', () => {
    const [step] = saga().step('one', a).plan.nodes;
    expect(step).toMatchObject({
      kind: 'compensatable',
      onFailure: 'compensate',
      onExhausted: 'compensate',
      undoAlways: false,
      action: { participant: 'shop', operation: 'do', timeout: 10_000, retry: { maximumAttempts: 5 } },
      compensation: {
        participant: 'shop',
        operation: 'undo',
        timeout: 10_000,
        retry: { maximumAttempts: 10 },
      },
    });
  });

  it('lets a step say more than the defaults, and a compensation more than its step', () => {
    const defaults = { timeout: '1s', retry: { maximumAttempts: 3, maximumInterval: '5s' } } as const;
    const compensation = { operation: 'shop.undo', timeout: '7s', retry: { maximumAttempts: 9 } } as const;
    const [step] = defineSaga('order', { defaults }).step('one', {
      action: 'shop.do',
      retry: { maximumAttempts: 2 },
      compensation,
    }).plan.nodes;
    expect(step).toMatchObject({
      action: { timeout: 1_000, retry: { maximumAttempts: 2, maximumInterval: 5_000 } },
      compensation: { timeout: 7_000, retry: { maximumAttempts: 9, maximumInterval: 5_000 } },
    });
  });

  it('repeats a retriable step more often than others', () => {
    expect(saga().step('one', retriable).plan.nodes[0]).toMatchObject({
      action: { retry: { maximumAttempts: 10 } },
    });
  });

  it('makes a command of the saga input, unless the step says otherwise', () => {
    const view = { sagaId: 's1', input: { n: 1 }, results: { one: 7 } };
    const [first, second] = defineSaga<{ n: number }>('order')
      .step('one', { ...a, reply: z.number() })
      .step('two', {
        ...a,
        input: ({ input, results }) => input.n + results.one,
        compensation: { operation: 'shop.undo', input: (_view, original) => ({ original }) },
      }).plan.nodes;
    const inputOf = (node: unknown, op: 'action' | 'compensation') =>
      (node as Record<typeof op, { input: (v: unknown) => unknown }>)[op].input(view);
    expect([inputOf(first, 'action'), inputOf(first, 'compensation')]).toEqual([{ n: 1 }, { n: 1 }]);
    expect([inputOf(second, 'action'), inputOf(second, 'compensation')]).toEqual([
      8,
      { original: undefined },
    ]);
  });
});

describe('the structure hash', () => {
  const hashOf = (other: { readonly ref: { readonly hash: string } }) => other.ref.hash;
  const base = () => saga().step('one', a).step('two', a);

  it('is the same for the same steps, whatever they ask and however often', () => {
    const slower = saga()
      .step('one', { ...a, timeout: '1h', retry: { maximumAttempts: 99 } })
      .step('two', { action: 'other.do', compensation: 'other.undo' });
    expect(hashOf(slower)).toBe(hashOf(base()));
    expect(hashOf(base())).toMatch(/^[0-9a-f]{24}$/);
  });

  it.each([
    ['a step is added', () => base().step('three', a)],
    ['steps change places', () => saga().step('two', a).step('one', a)],
    ['a step is renamed', () => saga().step('one', a).step('zwei', a)],
    ['a compensation is dropped', () => saga().step('one', a).step('two', none)],
    ['a step becomes a pivot', () => saga().step('one', a).step('two', pivot)],
    [
      'a step gets a guard',
      () =>
        saga()
          .step('one', a)
          .step('two', { ...a, when: () => true }),
    ],
    ['steps become a group', () => saga().parallel('g', (group) => group.step('one', a).step('two', a))],
  ])('changes when %s', (_what, changed) => {
    expect(hashOf(changed())).not.toBe(hashOf(base()));
  });
});
