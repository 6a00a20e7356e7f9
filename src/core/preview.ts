import { toRequest } from './command.ts';
import { type Failure, toFailure } from './errors.ts';
import { ringing } from './pause.ts';
import { refusalOf } from './refusal.ts';
import { type SagaSnapshot, stateText, statusOf, stepOf } from './snapshot.ts';
import { nodeWith } from './rewind.ts';
import { recordsOf, type SagaPlan } from './steps.ts';
import type { SagaStatus } from './saga-row.ts';
import {
  advance,
  awaitedCommands,
  legalActions,
  type Move,
  type OperatorAction,
  type OperatorEvent,
  type SagaEvent,
  type SagaLogic,
} from './transition.ts';
import type { Op } from './transport.ts';

/** A command as it would be sent. */
export interface PreviewedCommand {
  readonly step: string;
  readonly op: Op;
  readonly participant: string;
  readonly operation: string;
  readonly attempt: number;
  readonly input: unknown;
  /** The definition's own code threw: the command would be refused without being sent. */
  readonly error?: Failure;
}

/** Where a saga is. */
export interface PreviewedState {
  readonly status: SagaStatus;
  readonly state: string;
}

/** What an action would do to a saga, as it is now. */
export interface Preview {
  readonly action: OperatorAction;
  readonly isLegal: boolean;
  /** Why it is not legal. */
  readonly refusal: string | null;
  readonly from: PreviewedState;
  /** `null`: the action is not legal. */
  readonly to: PreviewedState | null;
  /** What is sent at once; of a paused saga nothing, until it is resumed. */
  readonly commands: readonly PreviewedCommand[];
  /** The steps whose effects will be undone, in order; those whose effects are in doubt included. */
  readonly undo: readonly string[];
  /** The steps that will run, unless a guard skips them, and the signals that will be waited for. */
  readonly next: readonly string[];
  /** Whether the saga counts as overridden afterwards. */
  readonly isOverridden: boolean;
  readonly legalActions: readonly OperatorAction[];
}

/** What `advance` needs to know, and who asks. */
export interface PreviewOptions {
  readonly tenant: string;
  /** ms since the epoch. */
  readonly now: number;
  readonly deadline: number | undefined;
}

/** More moves than any way back has. */
const mostMoves = 10_000;

/** What an action would do, from the same decisions that the engine would make. Pure; nothing is written or sent. */
export function preview(
  logic: SagaLogic,
  snapshot: SagaSnapshot,
  event: OperatorEvent,
  options: PreviewOptions,
): Preview {
  const move = advance(logic, snapshot, event, options);
  const about = { action: event.type, from: toState(snapshot), legalActions: legalActions(snapshot) };
  if (move === undefined) {
    const refusal = refusalOf(logic, snapshot, event);
    const isOverridden = snapshot.state.context.overridden === true;
    return { ...about, isLegal: false, refusal, to: null, commands: [], undo: [], next: [], isOverridden };
  }
  const { undo, end } = goBack(logic, move.snapshot, options);
  return {
    ...about,
    isLegal: true,
    refusal: null,
    to: toState(move.snapshot),
    commands: toCommands(logic, move, options),
    undo,
    next: stepsAhead(logic.plan, end),
    isOverridden: move.snapshot.state.context.overridden === true,
  };
}

function toState(snapshot: SagaSnapshot): PreviewedState {
  return { status: statusOf(snapshot), state: stateText(snapshot) };
}

function toCommands(
  { plan }: SagaLogic,
  { snapshot, commands }: Move,
  { tenant, now }: PreviewOptions,
): readonly PreviewedCommand[] {
  return commands.map((command) => {
    const { step, op, attempt } = command;
    try {
      const request = toRequest(plan, command, { tenant, context: snapshot.state.context, deadline: now });
      const { participant, operation, body } = request;
      return { step, op, participant, operation, attempt, input: body.input ?? null };
    } catch (error) {
      const asked = { participant: '', operation: '' };
      return { step, op, ...asked, attempt, input: null, error: toFailure(error) };
    }
  });
}

/** The way back, were every undo to succeed: what is undone, and where the saga is after that. */
function goBack(
  logic: SagaLogic,
  from: SagaSnapshot,
  options: PreviewOptions,
): { readonly undo: readonly string[]; readonly end: SagaSnapshot } {
  const undo: string[] = [];
  let end = unpaused(logic, from, options);
  for (let moves = 0; moves < mostMoves && isTurning(end); moves += 1) {
    const event = nextBackward(end);
    if (event === undefined) break;
    if ('op' in event && event.op === 'undo') undo.push(event.step);
    const move = moved(logic, end, event, options);
    if (move === undefined) break;
    end = move.snapshot;
  }
  return { undo, end };
}

/** Whether the saga goes back, or asks a pivot in doubt whether it has to. */
function isTurning(snapshot: SagaSnapshot): boolean {
  const status = statusOf(snapshot);
  return status === 'compensating' || (status === 'running' && snapshot.state.context.cause !== null);
}

/** An undo succeeds, a seal finds that nothing happened; what nobody answers, such as an attempt under way, times out. */
function nextBackward(snapshot: SagaSnapshot): SagaEvent | undefined {
  const [command] = awaitedCommands(snapshot);
  if (command === undefined) {
    const due = Object.entries(ringing(snapshot)).filter(([type]) => type !== 'deadline');
    const [first] = due.toSorted(([, a], [, b]) => a - b);
    return first === undefined ? undefined : ({ type: first[0] } as SagaEvent);
  }
  const { name, ...attempted } = command;
  const end =
    command.op === 'undo' ? { type: `${name}.succeeded`, result: null } : { type: `${name}.sealed` };
  return { ...attempted, ...end } as SagaEvent;
}

function unpaused(logic: SagaLogic, snapshot: SagaSnapshot, options: PreviewOptions): SagaSnapshot {
  return moved(logic, snapshot, { type: 'resume' }, options)?.snapshot ?? snapshot;
}

/** A definition's own code may throw further on: what is known until then is told. */
function moved(
  logic: SagaLogic,
  snapshot: SagaSnapshot,
  event: SagaEvent,
  options: PreviewOptions,
): Move | undefined {
  try {
    return advance(logic, snapshot, event, options);
  } catch {
    return undefined;
  }
}

/** What lies before a saga that goes forward. */
function stepsAhead(plan: SagaPlan, snapshot: SagaSnapshot): readonly string[] {
  if (statusOf(snapshot) !== 'running') return [];
  const at = nodeWith(plan, stepOf(snapshot) ?? '');
  const from = plan.nodes.findIndex((node) => node === at);
  const { steps } = snapshot.state.context;
  return plan.nodes
    .slice(Math.max(0, from))
    .flatMap(recordsOf)
    .filter((name) => !['completed', 'skipped'].includes(steps[name]?.status ?? ''));
}
