import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineSaga, type SagaDefinition } from '../../src/core/definition.ts';

// Nothing here runs: `npm run types` checks it. What must not compile carries @ts-expect-error, which fails once it compiles after all.

const undo = { compensation: 'shop.undo' } as const;
const Input = z.object({ customer: z.string(), amount: z.number() });
const Paid = z.object({ paymentId: z.string() });
const order = () =>
  defineSaga('order', { input: Input })
    .step('reserve', { action: 'shop.reserve', ...undo, reply: z.object({ reservationId: z.string() }) })
    .step('charge', { action: 'shop.charge', ...undo, reply: Paid });

describe('a definition', () => {
  it('lets a step see the input and the results of the steps before it', () => {
    order().step('ship', {
      action: 'shop.ship',
      ...undo,
      input: ({ sagaId, input, results }) => {
        expectTypeOf(sagaId).toBeString();
        expectTypeOf(input).toEqualTypeOf<{ customer: string; amount: number }>();
        expectTypeOf(results.reserve).toEqualTypeOf<{ reservationId: string }>();
        expectTypeOf(results.charge.paymentId).toBeString();
        return results.charge.paymentId;
      },
    });
  });

  it('lets no step see a result that is not there yet, nor its own', () => {
    // @ts-expect-error -- the step comes later
    order().step('ship', { action: 'shop.ship', ...undo, input: ({ results }) => results.bill });
    // @ts-expect-error -- a step does not see its own result
    order().step('ship', { action: 'shop.ship', ...undo, reply: Paid, input: ({ results }) => results.ship });
    // @ts-expect-error -- the reply has no such field
    order().step('ship', { action: 'shop.ship', ...undo, input: ({ results }) => results.charge.paymentID });
  });

  it('knows the fields of the input', () => {
    // @ts-expect-error -- the input has no such field
    order().step('ship', { action: 'shop.ship', ...undo, input: ({ input }) => input.costumer });
    // @ts-expect-error -- an amount is a number
    order().step('ship', { action: 'shop.ship', ...undo, input: ({ input }) => input.amount.toUpperCase() });
    // @ts-expect-error -- nothing is known of an input without a schema
    defineSaga('free').step('one', { action: 'shop.one', ...undo, input: ({ input }) => input.customer });
  });

  it('takes each name once', () => {
    // @ts-expect-error -- 'reserve' is already a step
    order().step('reserve', { action: 'shop.again', ...undo });
    // @ts-expect-error -- 'charge' is already a step
    order().parallel('charge', (group) =>
      group.step('x', { action: 'shop.x', ...undo }).step('y', { action: 'shop.y', ...undo }),
    );
    order().parallel('both', (group) => {
      const one = group.step('x', { action: 'shop.x', ...undo });
      // @ts-expect-error -- 'x' is already a member
      return one.step('x', { action: 'shop.y', ...undo });
    });
    const grouped = order().parallel('both', (group) =>
      group.step('x', { action: 'shop.x', ...undo }).step('y', { action: 'shop.y', ...undo }),
    );
    // @ts-expect-error -- 'x' is already a member of a group
    grouped.step('x', { action: 'shop.x', ...undo });
  });

  it('makes the result of a guarded step optional', () => {
    const guarded = order().step('wrap', {
      action: 'shop.wrap',
      ...undo,
      reply: z.string(),
      when: ({ input }) => input.amount > 10,
    });
    guarded.step('ship', {
      action: 'shop.ship',
      ...undo,
      input: ({ results }) => {
        expectTypeOf(results.wrap).toEqualTypeOf<string | undefined>();
        // @ts-expect-error -- it may be undefined
        return results.wrap.length;
      },
    });
    // @ts-expect-error -- a guard gives a boolean
    order().step('wrap', { action: 'shop.wrap', ...undo, when: () => 'perhaps' });
  });

  it('gives an undo the original reply, which may not be known', () => {
    order().step('ship', {
      action: 'shop.ship',
      reply: Paid,
      compensation: {
        operation: 'shop.unship',
        input: ({ results }, original) => {
          expectTypeOf(original).toEqualTypeOf<{ paymentId: string } | undefined>();
          return { before: results.charge, original };
        },
      },
    });
  });

  it('lets members of a group see what came before the group, and steps behind it see the members', () => {
    order()
      .parallel('both', (group) =>
        group
          .step('x', {
            action: 'shop.x',
            ...undo,
            reply: z.number(),
            input: ({ results }) => results.charge.paymentId,
          })
          .step('y', { action: 'shop.y', ...undo, reply: z.boolean() }),
      )
      .step('last', {
        action: 'shop.last',
        ...undo,
        input: ({ results }) => {
          expectTypeOf(results.x).toBeNumber();
          expectTypeOf(results.y).toBeBoolean();
          return results.reserve;
        },
      });
  });

  it('asks for operations and durations that look like ones', () => {
    // @ts-expect-error -- participant.operation
    order().step('ship', { action: 'ship', ...undo });
    // @ts-expect-error -- no such unit
    order().step('ship', { action: 'shop.ship', ...undo, timeout: '3weeks' });
    // @ts-expect-error -- no such kind
    order().step('ship', { action: 'shop.ship', kind: 'optional' });
    // @ts-expect-error -- no such choice
    order().step('ship', { action: 'shop.ship', ...undo, onFailure: 'ignore' });
  });
});

describe('a wait', () => {
  const Approval = z.object({ by: z.string() });

  it('brings what its signal brings', () => {
    order()
      .waitFor('approval', { schema: Approval, timeout: '1d' })
      .waitFor('papers')
      .step('ship', {
        action: 'shop.ship',
        ...undo,
        input: ({ results }) => {
          expectTypeOf(results.approval).toEqualTypeOf<{ by: string }>();
          expectTypeOf(results.papers).toBeUnknown();
          return results.charge;
        },
      });
  });

  it('that may be done without brings perhaps nothing', () => {
    order()
      .waitFor('first', { schema: Approval, timeout: '1d', onTimeout: 'continue' })
      .waitFor('second', { schema: Approval, when: ({ results }) => results.first !== undefined })
      .step('ship', {
        action: 'shop.ship',
        ...undo,
        input: ({ results }) => {
          expectTypeOf(results.first).toEqualTypeOf<{ by: string } | undefined>();
          expectTypeOf(results.second).toEqualTypeOf<{ by: string } | undefined>();
          return results.first?.by;
        },
      });
  });

  it('has a name of its own', () => {
    // @ts-expect-error -- a step has that name
    order().waitFor('charge');
    // @ts-expect-error -- no such choice
    order().waitFor('approval', { timeout: '1d', onTimeout: 'ignore' });
  });
});

describe('a machine', () => {
  type EventName<Definition> =
    Definition extends SagaDefinition<infer _Input, infer _Results, infer Names>
      ? Parameters<SagaDefinition<unknown, object, Names>['machine']['getTransitionData']>[1]['type']
      : never;
  type OrderEvent = EventName<ReturnType<typeof order>>;

  it('is sent the events of its own steps', () => {
    expectTypeOf<'charge.succeeded'>().toExtend<OrderEvent>();
    expectTypeOf<'undoCharge.refused'>().toExtend<OrderEvent>();
    expectTypeOf<'sealCharge.sealed'>().toExtend<OrderEvent>();
    expectTypeOf<'cancel'>().toExtend<OrderEvent>();
  });

  it('is sent no others', () => {
    // @ts-expect-error -- no such step
    const unknown: OrderEvent = 'ship.succeeded';
    // @ts-expect-error -- no such ending
    const ending: OrderEvent = 'charge.exploded';
    // @ts-expect-error -- no such action
    const action: OrderEvent = 'explode';
    expectTypeOf([unknown, ending, action]).toBeArray();
  });
});
