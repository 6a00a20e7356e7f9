import { expect, it } from 'vitest';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import { DefinitionError } from '../../src/core/errors.ts';
import { encryptedStore } from '../../src/runtime/encrypted-store.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createEngine } from './engine.ts';

const asked = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const order = defineSaga('order').step('reserve', asked('reserve')).step('charge', asked('charge'));

/** Starts a saga of `order`, ends its node, and opens another with `changed` on the same store. */
async function reopen(changed: AnySagaDefinition) {
  const { store, clock, orchestrator } = await createEngine({ sagas: [order] });
  await orchestrator.start('order', {});
  await orchestrator.close();
  return createEngine({ sagas: [changed], store, clock });
}

it.each([
  [
    'a step is added, and another asks for something else',
    defineSaga('order')
      .step('reserve', asked('reserve'))
      .step('mail', asked('mail'))
      .step('charge', { ...asked('charge'), action: 'bank.pay' }),
    ["step 'mail' is added", 'charge: asks shop.charge → bank.pay'],
  ],
  ['a step is renamed', orderOf('hold', 'charge'), ["step 'hold' is added", "step 'reserve' is removed"]],
  ['steps change places', orderOf('charge', 'reserve'), ['the steps reserve, charge come in another order']],
  [
    'a step becomes a pivot',
    defineSaga('order')
      .step('reserve', asked('reserve'))
      .step('charge', { kind: 'pivot', action: 'shop.charge' }),
    ['charge: kind compensatable → pivot', 'charge: is undone by shop.uncharge → nothing'],
  ],
  [
    'a step gets a guard',
    defineSaga('order')
      .step('reserve', asked('reserve'))
      .step('charge', { ...asked('charge'), when: () => true }),
    ['the state order.running.charge.deciding is added'],
  ],
  [
    'steps become a group',
    defineSaga('order').parallel('both', (group) =>
      group.step('reserve', asked('reserve')).step('charge', asked('charge')),
    ),
    ['the state order.running.both is added', 'states more'],
  ],
])(
  'a definition is refused with the difference while sagas run on its former one: %s',
  async (_what, changed, words) => {
    const refused = await reopen(changed).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DefinitionError);
    const { message } = refused as DefinitionError;
    expect(message).toContain("saga 'order' version 1 has another structure");
    expect(message).toContain('Raise its version');
    for (const word of words) expect(message).toContain(word);
  },
);

it('a new version, and what stored sagas do not depend on, are accepted while sagas are open', async () => {
  const slower = defineSaga('order')
    .step('reserve', { ...asked('reserve'), timeout: '1h' })
    .step('charge', { ...asked('charge'), retry: { maximumAttempts: 99 } });
  const newer = defineSaga('order', { version: 2 }).step('reserve', asked('reserve'));
  for (const accepted of [order, slower, newer]) await (await reopen(accepted)).orchestrator.close();
});

it('a structure that no open saga runs on is replaced, also where payloads are encrypted', async () => {
  const codec = { encode: (text: string) => text, decode: (text: string) => text };
  const changed = orderOf('charge', 'reserve');
  const { store, clock, orchestrator } = await createEngine({
    sagas: [order],
    participants: new ScriptedParticipants(),
  });
  await orchestrator.execute('order', {});
  await orchestrator.close();
  const next = await createEngine({ sagas: [changed], store: encryptedStore(store, codec), clock });
  await next.orchestrator.start('order', {});
  await next.orchestrator.close();
  await expect(createEngine({ sagas: [order], store: encryptedStore(store, codec), clock })).rejects.toThrow(
    'the steps charge, reserve come in another order',
  );
});

it('a node that is refused has taken no lease', async () => {
  const { store, clock, orchestrator } = await createEngine({ sagas: [order] });
  await orchestrator.start('order', {});
  await orchestrator.close();
  const taken: string[] = [];
  const renew = store.renewLease.bind(store);
  store.renewLease = (...given) => {
    taken.push(given[0]);
    return renew(...given);
  };
  await expect(createEngine({ sagas: [orderOf('reserve', 'pay')], store, clock })).rejects.toThrow(
    DefinitionError,
  );
  expect(taken).toEqual([]);
});

/** The saga with these steps in this order. */
function orderOf(first: string, second: string) {
  return defineSaga('order')
    .step(first as 'first', asked(first))
    .step(second as 'second', asked(second));
}
