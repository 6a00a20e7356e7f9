import { z } from 'zod';
import { statuses } from './saga-schemas.ts';

/** How a chart is drawn. */
export const SvgQuery = z.strictObject({
  view: z
    .enum(['overview', 'full'])
    .default('overview')
    .meta({ description: 'Without (`overview`) or with (`full`) the states inside of steps.' }),
  theme: z
    .enum(['light', 'dark'])
    .exactOptional()
    .meta({ description: 'As the reader has it when left out.' }),
  part: z
    .enum(['whole', 'chart'])
    .default('whole')
    .meta({ description: 'Only the `chart`: without head and style, for a page that has both.' }),
});

const part = z.strictObject({ type: z.string(), params: z.record(z.string(), z.json()) });

/** A statechart: its states and transitions. */
export const ChartBody = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    initial: z.string().nullable(),
    nodes: z.array(
      z.strictObject({
        id: z.string().meta({ description: 'Its path: `running.charge.executing`.' }),
        key: z.string(),
        parent: z.string().nullable(),
        type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']),
        description: z.string(),
        tags: z.array(z.string()),
        initial: z.string().nullable(),
      }),
    ),
    edges: z.array(
      z.strictObject({
        source: z.string(),
        target: z.string().nullable().meta({ description: 'null: it stays where it is.' }),
        trigger: z.enum(['event', 'after', 'always', 'done']),
        event: z.string(),
        guard: part.nullable(),
        actions: z.array(part),
      }),
    ),
  })
  .meta({ id: 'Chart' });

/** A saga's way through its statechart. */
export const SagaChartBody = z
  .strictObject({
    graph: ChartBody,
    marks: z.strictObject({
      status: z.enum(statuses),
      active: z.array(z.string()).meta({ description: 'The innermost states it is in.' }),
      states: z.record(
        z.string(),
        z.strictObject({
          visits: z.int(),
          spent: z.number().meta({ description: 'In stays that are over; ms.' }),
          isActive: z.boolean(),
          isFailed: z.boolean(),
          isUndone: z.boolean(),
          isPossible: z.boolean(),
        }),
      ),
      edges: z
        .record(
          z.string(),
          z.strictObject({
            taken: z.int(),
            isLast: z.boolean(),
            isPossible: z.boolean(),
            dueAt: z.number().nullable().meta({ description: 'When a timer takes it; ms since the epoch.' }),
          }),
        )
        .meta({ description: 'By position in the graph’s `edges`.' }),
      steps: z.record(z.string(), z.json()),
      cause: z.json().nullable(),
      parked: z.json().nullable(),
    }),
  })
  .meta({ id: 'SagaChart' });
