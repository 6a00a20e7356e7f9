import { setTimeout as delay } from 'node:timers/promises';
import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { Api, ApiEnv } from './api.ts';
import { findDefinition } from './find-definition.ts';
import { operation } from './operation.ts';
import { Proofs } from './proofs.ts';
import { ProofBody, ProofQuery, ProvingBody } from './proof-schemas.ts';
import { refuse } from './refuse.ts';
import { VersionParams } from './request-schemas.ts';

/** How long a request waits for a proof, unless it says so; ms. */
const patience = 10_000;

/** `GET /v1/definitions/:name/:version/proof`: what holds of a saga, whatever happens. */
export function definitionProofRoutes({ orchestrator }: Api) {
  const proofs = new Proofs();
  return new Hono<ApiEnv>().get(
    '/:name/:version/proof',
    operation({
      summary: 'What was proven of a definition: properties, counterexamples, durations, the rollback plan',
      tag: 'definitions',
      role: 'viewer',
      answers: { 200: ProofBody, 202: ProvingBody },
      problems: [404, 422],
    }),
    validator('param', VersionParams, refuse),
    validator('query', ProofQuery, refuse),
    async (c) => {
      const proven = proofs.get(findDefinition(orchestrator, c.req.valid('param')));
      const body = await within(proven, c.req.valid('query').wait ?? patience);
      if (body !== undefined) return c.json(body, 200);
      c.header('Retry-After', '1');
      return c.json({ status: 'proving' as const }, 202);
    },
  );
}

/** What comes of something within so many ms, else `undefined`. */
async function within<Result>(coming: Promise<Result>, ms: number): Promise<Result | undefined> {
  const ended = new AbortController();
  const late = delay(ms, undefined, { signal: ended.signal }).catch(() => undefined);
  try {
    return await Promise.race([coming, late]);
  } finally {
    ended.abort();
  }
}
