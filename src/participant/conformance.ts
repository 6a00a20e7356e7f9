import { randomUUID } from 'node:crypto';
import type { Clock, Ids } from '../core/clock.ts';
import { ValidationError } from '../core/errors.ts';
import type { Transport } from '../core/transport.ts';
import { isToken } from '../core/wire-limits.ts';
import { actionChecks, duplicateChecks, loadChecks } from './conformance-action.ts';
import { runCheck, type Check } from './conformance-check.ts';
import { keyChecks, garbageChecks } from './conformance-hostile.ts';
import { refusalChecks } from './conformance-refusal.ts';
import { toReport, type CheckResult, type ConformanceReport } from './conformance-report.ts';
import type { Lab } from './conformance-scene.ts';
import { sealChecks } from './conformance-seal.ts';
import { undoChecks } from './conformance-undo.ts';

/** Which participant is verified, and what it needs to be told for that. */
export interface ConformanceOptions {
  /** `^[A-Za-z0-9_-]{1,64}$`, as the other names. */
  readonly participant: string;
  /** The operation that does; it is also asked to seal. */
  readonly action: string;
  /** The operation that undoes; without it undo is not looked at. */
  readonly compensation?: string;
  /** An input that succeeds, some hundred times over. */
  readonly input: unknown;
  /** An input that is refused every time; without it refusals are not looked at. */
  readonly refusedInput?: unknown;
  /** The compensation's input; by default the action's. */
  readonly undoInput?: unknown;
  /** Default `default`. */
  readonly tenant?: string;
  /** How long one command may take, with its polls and retries; ms. Default 5,000. */
  readonly timeout?: number;
  /** Where fresh saga ids come from. Default: random UUIDs. */
  readonly ids?: Ids;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /**
   * Tells how many effects exist now: one more after an action, one less after its undo. Nobody else may change that
   * number meanwhile. Without it only replies are looked at, and a reply does not prove what was done.
   */
  readonly countEffects?: () => Promise<number>;
}

const CHECKS: readonly Check[] = [
  ...actionChecks,
  ...duplicateChecks,
  ...loadChecks,
  ...undoChecks,
  ...sealChecks,
  ...refusalChecks,
  ...keyChecks,
  // Last: whom it stops cannot be asked anything after it.
  ...garbageChecks,
];

/**
 * Verifies any participant from outside: sends it what a bad day would bring, under fresh saga ids, one check after
 * another, each bounded in time. Effects that the checks made stay. Throws `ValidationError` for names that are none.
 */
export async function verifyParticipant(
  transport: Pick<Transport, 'request'>,
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  requireNames(options);
  const lab = createLab(transport, options);
  const startedAt = lab.clock.now();
  const results: CheckResult[] = [];
  let blocked: string | undefined;
  let counts = lab.countEffects !== undefined;
  for (const check of CHECKS) {
    const [reply, effect] = await runCheck(
      check,
      counts ? lab : { ...lab, countEffects: undefined },
      blocked,
    );
    results.push(reply, ...(effect === undefined ? [] : [effect]));
    if (check.isGate === true && reply.status !== 'passed') blocked ??= notSo(check.name);
    // A probe that does not even see one action once would accuse the participant of everything else.
    if (check.isGate === true && effect?.status === 'failed') counts = false;
  }
  return toReport(options, results, { startedAt, endedAt: lab.clock.now() });
}

function createLab(transport: Pick<Transport, 'request'>, options: ConformanceOptions): Lab {
  return {
    transport,
    participant: options.participant,
    action: options.action,
    compensation: options.compensation,
    input: options.input,
    refusedInput: options.refusedInput,
    undoInput: options.undoInput,
    tenant: options.tenant ?? 'default',
    timeout: options.timeout ?? 5_000,
    ids: options.ids ?? { next: () => randomUUID() },
    clock: options.clock ?? machineClock,
    countEffects: options.countEffects,
    canCount: options.countEffects !== undefined,
  };
}

const machineClock: Clock = {
  now: Date.now,
  schedule: (delay, task) => {
    const timer = setTimeout(task, delay);
    return () => clearTimeout(timer);
  },
};

function requireNames({ participant, action, compensation }: ConformanceOptions): void {
  for (const [path, name] of Object.entries({ participant, action, compensation })) {
    if (name === undefined || isToken(name)) continue;
    const message = `${path}: ${JSON.stringify(name)} is not a name; use 1 to 64 of A-Z a-z 0-9 _ -, such as 'inventory' and 'reserve'.`;
    throw new ValidationError(message, [{ path: `/${path}`, message: 'not a token' }]);
  }
}

function notSo(name: string): string {
  return `Not looked at, since this does not hold: ${name}.`;
}
