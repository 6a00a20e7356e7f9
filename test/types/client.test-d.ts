import { describe, expectTypeOf, it } from 'vitest';
import type { SagaClient, SagaJson } from '../../src/client/index.ts';

// Nothing here runs: `npm run types` checks it. What must not compile carries @ts-expect-error, which fails once it compiles after all.

declare const client: SagaClient;

describe('the typed client', () => {
  it('knows the body that each route takes', () => {
    const sagas = client.routes.v1.sagas;
    const about = { param: { id: 'o1' }, header: {} };
    void sagas[':id'].resolve.$post({ ...about, json: { as: 'abandoned', reason: 'written off' } });
    // @ts-expect-error -- a saga cannot be resolved as anything else
    void sagas[':id'].resolve.$post({ ...about, json: { as: 'completed' } });
    // @ts-expect-error -- how the command ended has to be said
    void sagas[':id'].resolve.$post({ ...about, json: { reason: 'written off' } });
    // @ts-expect-error -- a reason is a text
    void sagas[':id'].cancel.$post({ ...about, json: { reason: 1 } });
    // @ts-expect-error -- the input is missing
    void sagas.$post({ header: {}, query: {}, json: { name: 'order' } });
    // @ts-expect-error -- there is no such route
    void sagas[':id'].explode;
  });

  it('knows what each route answers', async () => {
    expectTypeOf(await client.get('o1')).toEqualTypeOf<SagaJson>();
    expectTypeOf<SagaJson['status']>().toEqualTypeOf<
      'running' | 'compensating' | 'completed' | 'compensated' | 'failed' | 'abandoned'
    >();
    const history = await (
      await client.routes.v1.sagas[':id'].history.$get({ param: { id: 'o1' }, query: {} })
    ).json();
    expectTypeOf(history.items[0]?.seq).toEqualTypeOf<number | undefined>();
    // @ts-expect-error -- a saga has no such member
    void (await client.get('o1')).mood;
  });

  it('takes only JSON as the input of a saga', () => {
    void client.start('order', { amount: 1 });
    // @ts-expect-error -- a function cannot be sent
    void client.start('order', { amount: () => 1 });
    // @ts-expect-error -- attributes are texts
    void client.start('order', {}, { attributes: { customer: 1 } });
  });
});
