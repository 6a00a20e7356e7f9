import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import { toGraph, toMermaid } from '../chart/index.ts';
import { type SagaMachine, toConfig } from '../core/machine.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { Orchestrator } from '../runtime/orchestrator.ts';
import type { Api, ApiEnv } from './api.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { toDefinitionBody } from './representation.ts';
import { DefinitionParams, VersionParams } from './request-schemas.ts';
import { DefinitionBody, DefinitionListBody, MachineBody, NamedDefinitionBody } from './system-schemas.ts';

/** `/v1/definitions`: the sagas that can be started, and their charts. */
export function definitionRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/',
      operation({
        summary: 'All definitions this node knows',
        tag: 'definitions',
        answers: { 200: DefinitionListBody },
        problems: [],
      }),
      (c) => c.json({ items: orchestrator.definitions.map(toDefinitionBody) }, 200),
    )
    .get(
      '/:name',
      operation({
        summary: 'The newest version of a definition',
        tag: 'definitions',
        answers: { 200: NamedDefinitionBody },
        problems: [404],
      }),
      validator('param', DefinitionParams, refuse),
      (c) => {
        const { name } = c.req.valid('param');
        const versions = orchestrator.definitions
          .filter((definition) => definition.name === name)
          .map(({ version }) => version);
        return c.json(
          {
            ...toDefinitionBody(orchestrator.definition(name)),
            versions: versions.toSorted((a, b) => a - b),
          },
          200,
        );
      },
    )
    .get(
      '/:name/:version',
      operation({
        summary: 'One version of a definition',
        tag: 'definitions',
        answers: { 200: DefinitionBody },
        problems: [404],
      }),
      validator('param', VersionParams, refuse),
      (c) => c.json(toDefinitionBody(find(orchestrator, c.req.valid('param'))), 200),
    );
}

/** `/v1/definitions/:name/:version/…`: the generated machine, for programs and for people. */
export function machineRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/:name/:version/machine.json',
      operation({
        summary: 'The generated machine as XState configuration',
        tag: 'definitions',
        answers: { 200: MachineBody },
        problems: [404],
      }),
      validator('param', VersionParams, refuse),
      (c) => c.json(toMachineBody(find(orchestrator, c.req.valid('param'))), 200),
    )
    .get(
      '/:name/:version/chart.mmd',
      operation({
        summary: 'The generated machine as Mermaid text',
        tag: 'definitions',
        answers: { 200: 'text/plain' },
        problems: [404],
      }),
      validator('param', VersionParams, refuse),
      (c) => c.text(toMermaid(toGraph(find(orchestrator, c.req.valid('param')).machine as SagaMachine)), 200),
    );
}

function find(orchestrator: Orchestrator, wanted: z.output<typeof VersionParams>): AnySagaDefinition {
  const { name, version } = wanted;
  return version === 'latest' ? orchestrator.definition(name) : orchestrator.definition(name, version);
}

/** Plain JSON: what is a function is left out. */
function toMachineBody({ plan }: AnySagaDefinition): z.infer<typeof MachineBody> {
  return JSON.parse(JSON.stringify(toConfig(plan))) as z.infer<typeof MachineBody>;
}
