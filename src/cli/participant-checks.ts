import { isDeepStrictEqual } from 'node:util';
import type { Reply } from '../core/transport.ts';
import { type Ask, type Probe, toProbe } from './participant-probe.ts';

/** What a participant is tried with. */
export interface CheckInputs {
  /** An input that its action accepts. */
  readonly input: unknown;
  /** An input that its action refuses; `undefined`: refusals are not tried. */
  readonly refused?: unknown;
  /** Whether the action has a compensation. */
  readonly hasUndo: boolean;
}

/** How one check came out. */
export interface CheckResult {
  readonly name: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  /** What was answered, and what should have been. */
  readonly detail: string;
}

/** A reason for a check to fail. */
type Fault = string | undefined;

interface Check {
  readonly name: string;
  /** Why it cannot be made with these inputs. */
  readonly skip: (inputs: CheckInputs) => Fault;
  readonly run: (probe: Probe, inputs: CheckInputs) => Promise<Fault>;
}

const always = () => undefined;
const needsUndo = ({ hasUndo }: CheckInputs) => (hasUndo ? undefined : 'no compensation was named (--undo)');

const checks: readonly Check[] = [
  {
    name: 'an action is answered',
    skip: always,
    run: async (probe) => expect('the action', await probe.do(), 'succeeded'),
  },
  {
    name: 'the same action again is answered the same',
    skip: always,
    run: async (probe) => same(await probe.do(), await probe.do()),
  },
  {
    name: 'the same action twice at once has one result',
    skip: always,
    run: async (probe) => same(...(await Promise.all([probe.do(), probe.do()]))),
  },
  {
    name: 'an undo is answered, and again the same way',
    skip: needsUndo,
    run: async (probe) => {
      const original = await probe.do();
      const first = await probe.undo(original);
      return (
        expect('the undo', first, 'succeeded') ??
        expect('the same undo again', await probe.undo(original), 'succeeded')
      );
    },
  },
  {
    name: 'an undo before its action is legal, and does nothing',
    skip: needsUndo,
    run: async (probe) => expect('the undo of an action that never came', await probe.undo(), 'succeeded'),
  },
  {
    name: 'an action that comes after its undo is not executed',
    skip: needsUndo,
    run: async (probe) => {
      await probe.undo();
      return expect('the late action', await probe.do(), 'sealed', 'refused');
    },
  },
  {
    name: 'a seal before the action keeps it from ever running',
    skip: always,
    run: async (probe) => {
      const sealed = expect('the seal', await probe.seal(), 'sealed');
      return sealed ?? expect('the action after its seal', await probe.do(), 'sealed', 'refused');
    },
  },
  {
    name: 'a seal after the action gives its result',
    skip: always,
    run: async (probe) => same(await probe.do(), await probe.seal()),
  },
  {
    name: 'a refusal is definite, and stays one',
    skip: ({ refused }) =>
      refused === undefined ? 'no input that is refused was given (--refused-input)' : undefined,
    run: async (probe, { refused }) => {
      const first = expect('the action that should be refused', await probe.do(refused), 'refused');
      return first ?? expect('the same action again', await probe.do(refused), 'refused');
    },
  },
  {
    name: 'an undo of a refused action is legal',
    skip: (inputs) =>
      needsUndo(inputs) ??
      (inputs.refused === undefined ? 'no input that is refused was given (--refused-input)' : undefined),
    run: async (probe, { refused }) => {
      await probe.do(refused);
      return expect('the undo', await probe.undo(), 'succeeded');
    },
  },
];

/** Tries a participant from outside, check by check; every check is a saga of its own. It sees replies, not effects. */
export async function* checkParticipant(ask: Ask, inputs: CheckInputs): AsyncGenerator<CheckResult> {
  for (const { name, skip, run } of checks) {
    const reason = skip(inputs);
    const fault = reason === undefined ? await run(toProbe(ask, inputs.input), inputs) : undefined;
    if (reason !== undefined) yield { name, status: 'skipped', detail: reason };
    else yield { name, status: fault === undefined ? 'ok' : 'failed', detail: fault ?? '' };
  }
}

function expect(what: string, reply: Reply, ...wanted: readonly Reply['type'][]): Fault {
  return wanted.includes(reply.type)
    ? undefined
    : `${what} was answered ${describe(reply)}, not ${wanted.join(' or ')}`;
}

function same(first: Reply, second: Reply): Fault {
  if (first.type !== 'succeeded') return expect('the action', first, 'succeeded');
  return isDeepStrictEqual(first, second)
    ? undefined
    : `answered ${describe(first)} and then ${describe(second)}`;
}

function describe(reply: Reply): string {
  if ('error' in reply) return `${reply.type} (${reply.error.code}: ${reply.error.message})`;
  return reply.type === 'succeeded' ? `succeeded ${JSON.stringify(reply.result)?.slice(0, 200)}` : reply.type;
}
