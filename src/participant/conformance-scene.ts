import type { Ids } from '../core/clock.ts';
import { toFailure } from '../core/errors.ts';
import type { CommandRequest, Op, Reply } from '../core/transport.ts';
import { ask, askOnce, type Asker, count, describeReply } from './conformance-ask.ts';

/** Everything that checks need to ask a participant. */
export interface Lab extends Asker {
  readonly participant: string;
  readonly action: string;
  readonly compensation: string | undefined;
  readonly input: unknown;
  readonly refusedInput: unknown;
  readonly undoInput: unknown;
  readonly tenant: string;
  readonly ids: Ids;
  readonly countEffects: (() => Promise<number>) | undefined;
  /** Whether there is a way to count effects, trusted or not. */
  readonly canCount: boolean;
}

/** What a check has found so far. */
export interface Findings {
  readonly wrong: readonly string[];
  readonly wrongEffects: readonly string[];
  readonly evidence: readonly string[];
  /** Why the check could not be carried through. */
  readonly unmet?: string;
}

/** A check cannot go on: something that it builds on does not hold. */
export class UnmetError extends Error {}

/** Where a check plays: it asks, and says what is wrong. */
export interface Scene {
  readonly lab: Lab;
  /** A step of a saga that nobody has heard of. */
  step(): StepUnderTest;
  /** Something is wrong with the replies unless `isRight`. */
  expect(isRight: boolean, complaint: string): void;
  /** Ends the check unless `isRight`: another check is about that. */
  require(isRight: boolean, why: string): void;
  /** Effects are counted from here on, no longer from the beginning of the check. */
  mark(): Promise<void>;
  /** Something is wrong with the effects unless there are `expected` more than before. */
  expectEffects(expected: number): Promise<void>;
}

/** A step as the engine would drive it: every command has a key, and says it again when it is repeated. */
export interface StepUnderTest {
  do(input?: unknown): Promise<Reply>;
  /** Brings the action's reply along when there was one. */
  undo(): Promise<Reply>;
  seal(): Promise<Reply>;
  /** The same step, run once more on an operator's word. */
  run(generation: number): StepUnderTest;
  /** An action that is not as it should be. `once`: whatever comes of it, it is not tried again. */
  forge(change: Partial<CommandRequest>, note: string, once?: 'once'): Promise<Reply>;
}

/** Sets the scene for one check; `counts`: effects are counted before it begins. */
export async function openScene(
  lab: Lab,
  counts: boolean,
): Promise<{ readonly scene: Scene; readonly findings: Findings }> {
  const [wrong, wrongEffects, evidence]: [string[], string[], string[]] = [[], [], []];
  const note = (line: string) => void evidence.push(line);
  let before: number | undefined;
  const look = () => countOr(lab, (complaint) => wrongEffects.push(complaint));
  const scene: Scene = {
    lab,
    step: () => createStep(lab, note, { sagaId: `verify-${lab.ids.next()}`, generation: 1 }),
    expect: (isRight, complaint) => void (isRight || wrong.push(complaint)),
    require: (isRight, why) => {
      if (!isRight) throw new UnmetError(why);
    },
    mark: async () => void (before = await look()),
    expectEffects: async (expected) => {
      const now = before === undefined ? undefined : await look();
      if (before === undefined || now === undefined) return;
      note(`effects: ${now - before} more, expected ${expected}`);
      if (now - before !== expected) wrongEffects.push(effectComplaint(now - before, expected));
    },
  };
  if (counts) await scene.mark();
  return { scene, findings: { wrong, wrongEffects, evidence } };
}

async function countOr(lab: Lab, complain: (complaint: string) => void): Promise<number | undefined> {
  if (lab.countEffects === undefined) return undefined;
  try {
    return await count(lab.countEffects, lab);
  } catch (error) {
    complain(`\`countEffects\` failed: ${toFailure(error).message}.`);
    return undefined;
  }
}

function effectComplaint(found: number, expected: number): string {
  return `There should be ${expected} more ${expected === 1 ? 'effect' : 'effects'} than before, but there are ${found}.`;
}

interface Identity {
  readonly sagaId: string;
  readonly generation: number;
}

function createStep(lab: Lab, note: (line: string) => void, identity: Identity): StepUnderTest {
  let original: { readonly original?: unknown } = {};
  let acted = lab.input;
  const send = (op: Op, input: unknown) => {
    const request = toRequest(lab, identity, op, { input, ...(op === 'undo' ? original : {}) });
    return ask(lab, request, (reply) => note(`${op} ${shown(identity)} → ${describeReply(reply)}`));
  };
  return {
    do: async (input = lab.input) => {
      acted = input;
      const reply = await send('do', input);
      if (reply.type === 'succeeded') original = { original: reply.result };
      return reply;
    },
    undo: () => send('undo', lab.undoInput ?? acted),
    seal: () => send('seal', acted),
    run: (generation) => createStep(lab, note, { ...identity, generation }),
    forge: async (change, what, once) => {
      const request = { ...toRequest(lab, identity, 'do', { input: lab.input }), ...change };
      const heard = (reply: Reply) => note(`${what} → ${describeReply(reply)}`);
      if (once === undefined) return ask(lab, request, heard);
      const reply = await askOnce(lab, request, lab.timeout);
      heard(reply);
      return reply;
    },
  };
}

/** The engine's way to name a command (contract: wire protocol); `verify` is the name of saga and step. */
function toRequest(
  lab: Lab,
  { sagaId, generation }: Identity,
  op: Op,
  body: CommandRequest['body'],
): CommandRequest {
  const { participant, tenant } = lab;
  return {
    participant,
    operation: op === 'undo' ? (lab.compensation ?? lab.action) : lab.action,
    tenant,
    sagaId,
    sagaName: 'verify',
    step: 'verify',
    attempt: 1,
    op,
    idempotencyKey: [tenant, sagaId, 'verify', 1, generation, op].join(':'),
    body,
  };
}

function shown({ sagaId, generation }: Identity): string {
  return `${sagaId.slice(0, 15)}${generation === 1 ? '' : ` generation ${generation}`}`;
}
