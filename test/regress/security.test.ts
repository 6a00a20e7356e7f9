import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ValidationError } from '../../src/core/errors.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createCluster, undone } from './scene.ts';

const hostile = ["a'; drop table sagas; --", 'a.b', 'a b', '>', 'a\r\nPUB x 1', '../a', 'a\0b', ''];

it.each(hostile)('T70 GHSA-gpj5-g38j-94v9: %j is no id and no tenant', async (id) => {
  const { node } = createCluster();
  const one = await node({ participants: new ScriptedParticipants() });
  await expect(one.orchestrator.start('order', {}, { id })).rejects.toThrow(ValidationError);
  await expect(one.orchestrator.start('order', {}, { tenant: id })).rejects.toThrow(ValidationError);
  expect(one.sent()).toEqual([]);
});

it.each(hostile)('T70 GHSA-gpj5-g38j-94v9: %j is no operation', (name) => {
  const define = () =>
    defineSaga('order').step('reserve', { ...undone('reserve'), action: `shop.${name}` }).machine;
  expect(define).toThrow(/operation|action/);
});
