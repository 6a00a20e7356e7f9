import { Hono } from 'hono';
import { z } from 'zod';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { ServedParticipant } from '../core/served-participant.ts';
import { stepsOf } from '../core/steps.ts';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { HttpProblem } from './problem.ts';

const counts = {
  name: z.string(),
  requests: z.int().meta({ description: 'Since the instances that answer now started.' }),
  errors: z.int().meta({ description: 'Refusals included.' }),
  averageMs: z.number(),
};

const ParticipantsBody = z
  .strictObject({
    participants: z.array(
      z
        .strictObject({
          ...counts,
          version: z.string().meta({ description: 'Several with commas where instances differ.' }),
          instances: z.int(),
          operations: z.array(z.strictObject(counts)),
        })
        .meta({ id: 'Participant' }),
    ),
    unseen: z.array(z.string()).meta({
      description:
        'Operations that definitions ask for and nobody is seen to offer: nobody serves them, or a responder that is no NATS micro service.',
    }),
  })
  .meta({ id: 'ParticipantList' });

/** `GET /v1/participants`. What they count is of all tenants. */
export function participantRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().get(
    '/',
    operation({
      summary: 'Who answers commands now, with what each was asked',
      tag: 'system',
      role: 'viewer',
      reach: 'node',
      answers: { 200: ParticipantsBody },
      problems: [404, 503],
    }),
    async (c) => {
      const participants = await orchestrator.participants();
      if (participants === undefined)
        throw new HttpProblem({
          status: 404,
          code: 'no_discovery',
          detail: 'The transport of this node cannot tell who is there.',
        });
      const unseen = unseenOf(orchestrator.definitions, participants);
      return c.json({ participants, unseen } as z.infer<typeof ParticipantsBody>, 200);
    },
  );
}

function unseenOf(
  definitions: readonly AnySagaDefinition[],
  participants: readonly ServedParticipant[],
): readonly string[] {
  const seen = new Set(
    participants.flatMap(({ name, operations }) => operations.map((one) => `${name}.${one.name}`)),
  );
  const asked = definitions
    .flatMap(({ plan }) => stepsOf(plan))
    .flatMap(({ action, compensation }) => [action, ...(compensation === undefined ? [] : [compensation])])
    .map((one) => `${one.participant}.${one.operation}`);
  return [...new Set(asked)].filter((name) => !seen.has(name)).toSorted();
}
