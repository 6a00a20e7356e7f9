import type { Failure } from './errors.ts';
import { type EventData, type SagaContext, withStep } from './context.ts';
import { waitsOf, type SagaPlan } from './steps.ts';

/** Whether an event is the signal of this name; one without a name asks whether any is waited for. */
export function isSignal({ name }: EventData, step: string): boolean {
  return name === undefined || name === step;
}

/** Whether a signal comes before the saga waits for it, for the first time. */
export function isEarly(plan: Pick<SagaPlan, 'nodes'>, context: SagaContext, event: EventData): boolean {
  return waitsOf(plan).some(({ name }) => isSignal(event, name) && isUnheard(context, name));
}

/** The saga waits for a signal now. */
export function awaiting(context: SagaContext, step: string): SagaContext {
  return withStep(context, step, { status: 'running', error: undefined });
}

/** The signal is here, or was: its data is the result, and nothing has to be undone. */
export function heard(context: SagaContext, event: EventData, step: string): SagaContext {
  const { [step]: early, ...signals } = context.signals ?? {};
  const data = event.type === 'signal' ? (event.data ?? null) : early;
  return {
    ...withStep(context, step, { status: 'completed', error: undefined }),
    signals: Object.keys(signals).length === 0 ? undefined : signals,
    results: { ...context.results, [step]: data },
  };
}

/** Kept until the saga comes to wait for it. */
export function keptSignal(
  plan: Pick<SagaPlan, 'nodes'>,
  context: SagaContext,
  event: EventData,
): SagaContext {
  const name = event.name ?? waitsOf(plan).find((wait) => isUnheard(context, wait.name))?.name ?? '';
  return { ...context, signals: { ...context.signals, [name]: event.data ?? null } };
}

/** Whether a signal came early and is kept. */
export function isSignalled({ signals }: SagaContext, step: string): boolean {
  return signals !== undefined && Object.hasOwn(signals, step);
}

/** The signal did not come in time. */
export function expired(context: SagaContext, step: string): SagaContext {
  return withStep(context, step, { status: 'failed', error: expiry(step) });
}

/** Why a wait ended without its signal. */
export function expiry(step: string): Failure {
  return { code: 'timeout', category: 'timeout', message: `no signal '${step}' came in time` };
}

function isUnheard(context: SagaContext, name: string): boolean {
  return context.steps[name] === undefined && !isSignalled(context, name);
}
