import { DefinitionError } from '../core/errors.ts';
import { differencesOf, toPinned } from '../core/pinned-definition.ts';
import type { PinnedDefinition, SagaStore } from '../core/store.ts';
import type { RegisteredSaga } from './registry.ts';

/**
 * Has the store keep what each name and version stands for. Throws `DefinitionError`, with the differences, where open sagas
 * run on another structure of the same version: no node with this one would ever take them up. Throws `StorageUnavailableError`.
 */
export async function pinDefinitions(
  store: Pick<SagaStore, 'pinDefinitions'>,
  sagas: readonly RegisteredSaga[],
): Promise<void> {
  const given = sagas.map(({ ref, logic }) => toPinned(ref, logic));
  const kept = await store.pinDefinitions(given);
  const refusals = kept.flatMap((before, index) => {
    const after = given[index];
    return after === undefined || after.hash === before.hash ? [] : [refusalOf(before, after)];
  });
  if (refusals.length > 0) throw new DefinitionError(refusals.join('\n'));
}

function refusalOf(before: PinnedDefinition, after: PinnedDefinition): string {
  const { name, version } = after;
  return (
    `saga '${name}' version ${version} has another structure than the one that open sagas run on: ` +
    `${differencesOf(before, after).join('; ')}. Raise its version, or go back to the structure that it had`
  );
}
