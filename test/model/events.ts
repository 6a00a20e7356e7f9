import type { SagaEvent } from '../../src/core/transition.ts';
import type { Model } from './model.ts';
import type { RowMove } from './rows.ts';
import type { World } from './world.ts';

/** How an attempt may end, from the orchestrator's view; `garbled` and `unsendable` are what the engine makes of its own trouble. */
export type Ending = 'succeeded' | 'refused' | 'failed' | 'sealed' | 'inProgress' | 'unreachable' | 'garbled';

/** What happens to a saga, as the model names it. */
export type Happening =
  | { readonly type: 'ended'; readonly command: number; readonly ending: Ending; readonly isResent: boolean }
  | { readonly type: 'timer'; readonly timer: string; readonly command: number | undefined }
  | { readonly type: 'park' }
  | { readonly type: 'cancel' | 'retry' | 'compensate' };

const farAhead = 1e12;

/** Where something leads that happens to a saga in this row; decided by the product's statechart. */
export function decide(
  { rows }: Model,
  world: World,
  row: number,
  happening: Happening,
): RowMove | undefined {
  return rows.move(
    row,
    keyOf(happening),
    () => toEvent(rows, row, happening),
    rows.plan.timeout === undefined || world.isLate ? undefined : farAhead,
  );
}

function keyOf(happening: Happening): string {
  if (happening.type === 'ended') return `${happening.command} ${happening.ending} ${happening.isResent}`;
  return happening.type === 'timer' ? happening.timer : happening.type;
}

function toEvent(rows: Model['rows'], row: number, happening: Happening): SagaEvent {
  switch (happening.type) {
    case 'ended':
      return toReplyEvent(rows, row, happening);
    case 'timer':
      return { type: happening.timer } as SagaEvent;
    case 'park':
      return { type: 'park', error: { code: 'broken', message: 'broken' } };
    case 'cancel':
    case 'retry':
    case 'compensate':
      return { type: happening.type };
  }
}

function toReplyEvent(
  rows: Model['rows'],
  row: number,
  { command, ending, isResent }: Happening & { readonly type: 'ended' },
): SagaEvent {
  const { attempts, generations } = rows.get(row);
  const { name, op, step } = rows.commands[command] as Model['rows']['commands'][number];
  const error = { code: ending, message: ending };
  const says = {
    succeeded: { result: undefined },
    inProgress: { retryAfter: 1 },
    garbled: { error, retryable: false },
  } as const;
  return {
    ...((says as Readonly<Record<string, object>>)[ending] ?? { error }),
    type: `${name}.${ending === 'garbled' ? 'lost' : ending}`,
    step: rows.steps[step]?.name ?? '',
    op,
    attempt: attempts[command] ?? 0,
    generation: generations[step] ?? 0,
    ...(isResent ? { resent: true } : {}),
  } as SagaEvent;
}
