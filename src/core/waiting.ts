import type { Arrow, NamedPart, StateConfig } from './attempts.ts';
import { parkedActionState, type ParkedActionTargets } from './parked.ts';
import type { Wait } from './steps.ts';

/** Where a wait leads to, as targets of the chart. */
export interface WaitTargets {
  /** Once the signal is heard. */
  readonly next: string;
  /** Backward from here; `undefined` behind the point of no return. */
  readonly backward: string | undefined;
  /** Where it waits for a person. */
  readonly parked: string;
}

/** The states of a wait: see whether the signal came early, then wait for it. No command is sent. */
export function waitState(wait: Wait, to: WaitTargets): StateConfig {
  const params = { step: wait.name };
  const heard = { target: to.next, actions: [hearing(wait)] };
  const unneeded = { target: to.next, actions: [{ type: 'skipStep', params }] };
  const shouldRun = { type: 'shouldRun', params };
  return {
    description: wait.description || `waits for the signal ${wait.name}`,
    initial: 'deciding',
    on: { park: { target: to.parked, actions: [parking(wait, 'engine')] } },
    states: {
      deciding: {
        always: [
          { ...heard, guard: { type: 'isSignalled', params } },
          ...(wait.when === undefined
            ? [{ target: 'waiting' }]
            : [{ target: 'waiting', guard: shouldRun }, unneeded]),
        ],
      },
      waiting: {
        tags: ['waiting'],
        description: 'Waits for a signal from outside',
        entry: [{ type: 'beginWait', params }],
        on: { signal: { ...heard, guard: isSignal(wait) } },
        ...(wait.timeout === undefined ? {} : { after: { [`${wait.name}.timeout`]: expired(wait, to) } }),
      },
    },
  };
}

/** The state in which a wait that nobody answered waits for a person; the signal may still come. */
export function parkedWaitState(wait: Wait, to: Omit<ParkedActionTargets, 'clearing'>): StateConfig {
  const parked = parkedActionState(
    { name: wait.name, kind: 'readonly', asks: wait.onTimeout === 'ask' ? ['unanswered'] : [] },
    { ...to, clearing: undefined },
  );
  const signal = { target: to.next, guard: isSignal(wait), actions: [hearing(wait), absolving] };
  return { ...parked, on: { ...(parked['on'] as object), signal } };
}

const absolving: NamedPart = { type: 'absolve', params: {} };

function expired(wait: Wait, to: WaitTargets): Arrow {
  const params = { step: wait.name };
  if (wait.onTimeout === 'continue') return { target: to.next, actions: [{ type: 'skipStep', params }] };
  const expire = { type: 'expire', params };
  if (wait.onTimeout === 'ask' || to.backward === undefined)
    return { target: to.parked, actions: [expire, parking(wait, 'unanswered')] };
  return {
    target: to.backward,
    actions: [expire, { type: 'blame', params: { ...params, type: 'stepFailed' } }],
  };
}

function hearing({ name }: Wait): NamedPart {
  return { type: 'hear', params: { step: name } };
}

function isSignal({ name }: Wait): NamedPart {
  return { type: 'isSignal', params: { step: name } };
}

function parking({ name }: Wait, why: 'unanswered' | 'engine'): NamedPart {
  return { type: 'parkAt', params: { command: name, step: name, why } };
}
