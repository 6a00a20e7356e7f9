import type { z } from 'zod';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import type { VersionParams } from './request-schemas.ts';

/** The definition that a path names, by number or as `latest`. Throws `NotFoundError`. */
export function findDefinition(
  orchestrator: Orchestrator,
  { name, version }: z.output<typeof VersionParams>,
): AnySagaDefinition {
  return version === 'latest' ? orchestrator.definition(name) : orchestrator.definition(name, version);
}
