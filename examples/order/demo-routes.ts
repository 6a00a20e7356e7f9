import { Hono } from 'hono';
import { z } from 'zod';
import { faultModes, type Faults } from './faults.ts';
import { parse, SagaId } from './request.ts';
import type { LedgerLine } from './ledger.ts';
import { participants } from './participants.ts';

/** What the demo's own routes show and steer. */
export interface DemoRoutesOptions {
  readonly faults: Faults;
  readonly effects: (sagaId?: string) => Promise<readonly LedgerLine[]>;
}

const FaultInput = z
  .strictObject({
    participant: z.enum(Object.keys(participants)),
    operation: z.string(),
    mode: z.enum(faultModes),
    times: z.int().positive().optional(),
    sagaId: SagaId.optional(),
  })
  .superRefine(({ participant, operation }, context) => {
    const known = Object.keys(participants[participant]?.acts ?? {});
    if (known.includes(operation)) return;
    context.addIssue({
      code: 'custom',
      path: ['operation'],
      message: `${participant} has the operations ${known.join(', ')}`,
    });
  });

/** Faults to inject, and the ledger in which the participants write what they did. */
export function createDemoRoutes({ faults, effects }: DemoRoutesOptions): Hono {
  const routes = new Hono();
  routes.post('/faults', async (context) => {
    faults.add(parse(FaultInput, await context.req.json()));
    return context.json({ faults: faults.list }, 201);
  });
  routes.delete('/faults', (context) => {
    faults.clear();
    return context.json({ faults: faults.list });
  });
  routes.get('/faults', (context) => context.json({ faults: faults.list }));
  routes.get('/ledger', async (context) => {
    const sagaId = parse(SagaId.optional(), context.req.query('sagaId'));
    return context.json({ effects: await effects(sagaId) });
  });
  return routes;
}
