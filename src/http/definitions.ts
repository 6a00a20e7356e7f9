import { Hono } from 'hono';
import { validator } from 'hono-openapi';
import type { z } from 'zod';
import { toMachineJson } from '../chart/index.ts';
import type { Api, ApiEnv } from './api.ts';
import { findDefinition } from './find-definition.ts';
import { operation } from './operation.ts';
import { refuse } from './refuse.ts';
import { toDefinitionBody } from './representation.ts';
import { DefinitionParams, VersionParams } from './request-schemas.ts';
import { DefinitionBody, DefinitionListBody, MachineBody, NamedDefinitionBody } from './system-schemas.ts';

/** `/v1/definitions`: the sagas that can be started. */
export function definitionRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>()
    .get(
      '/',
      operation({
        summary: 'All definitions this node knows',
        tag: 'definitions',
        role: 'viewer',
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
        role: 'viewer',
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
        role: 'viewer',
        answers: { 200: DefinitionBody },
        problems: [404],
      }),
      validator('param', VersionParams, refuse),
      (c) => c.json(toDefinitionBody(findDefinition(orchestrator, c.req.valid('param'))), 200),
    );
}

/** `/v1/definitions/:name/:version/…`: the generated machine, for programs. */
export function machineRoutes({ orchestrator }: Api) {
  return new Hono<ApiEnv>().get(
    '/:name/:version/machine.json',
    operation({
      summary: 'The generated machine as XState configuration',
      tag: 'definitions',
      role: 'viewer',
      answers: { 200: MachineBody },
      problems: [404],
    }),
    validator('param', VersionParams, refuse),
    (c) =>
      c.json(
        toMachineJson(findDefinition(orchestrator, c.req.valid('param')).plan) as z.infer<typeof MachineBody>,
        200,
      ),
  );
}
