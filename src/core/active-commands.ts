import type { SagaPlan } from './steps.ts';
import type { Op } from './transport.ts';

/** A command that a saga is about, as its state says: under way, waiting to be sent again, or left to end by itself. */
export interface ActiveCommand {
  readonly step: string;
  readonly op: Op;
  readonly phase: 'executing' | 'backoff' | 'polling' | 'settling';
}

const MOST_STATES = 1_000;
const unknown = {};
/** Every line of every journal asks; the states are the same again and again. */
const seen = new WeakMap<object, Map<string, readonly ActiveCommand[]>>();

/** The commands in a state as the journal has it: `running.charge.executing`, regions side by side with ` | `. */
export function activeCommands(state: string, plan?: Pick<SagaPlan, 'nodes'>): readonly ActiveCommand[] {
  const known = seen.get(plan ?? unknown) ?? new Map<string, readonly ActiveCommand[]>();
  seen.set(plan ?? unknown, known);
  const commands = known.get(state) ?? pathsIn(state).flatMap((path) => commandAt(path, plan) ?? []);
  // A definition has few states; those of sagas without one, and of large groups, may be many.
  if (known.size >= MOST_STATES) known.clear();
  known.set(state, commands);
  return commands;
}

/** The command that a saga waits for a person with: `undoCharge` in `failed.undoCharge`. */
export function parkedCommand(state: string): string | undefined {
  const [top, command] = state.split('.');
  return top === 'failed' ? command : undefined;
}

/** The paths of a state, taken apart. */
export function pathsIn(state: string): readonly (readonly string[])[] {
  return state.split(' | ').map((path) => path.split('.'));
}

function commandAt(
  path: readonly string[],
  plan: Pick<SagaPlan, 'nodes'> | undefined,
): ActiveCommand | undefined {
  const [top = '', node = ''] = path;
  const last = path.at(-1);
  const parent = path.at(-2) ?? '';
  if (top === 'compensating' && last === 'settling') return { step: node, op: 'do', phase: 'settling' };
  if (top === 'compensating' && last === 'waiting') return { step: parent, op: 'do', phase: 'settling' };
  if (last !== 'executing' && last !== 'backoff' && last !== 'polling') return undefined;
  if (top === 'compensating') return { step: parent, op: 'undo', phase: last };
  if (top !== 'running') return undefined;
  return sealedBy(path, plan) ?? { step: parent, op: 'do', phase: last };
}

/** A seal lies one level deeper than its action; so deep lies a group's member, too, and it may bear any name. */
function sealedBy(
  path: readonly string[],
  plan: Pick<SagaPlan, 'nodes'> | undefined,
): ActiveCommand | undefined {
  const [, node = '', inner = ''] = path;
  const phase = path.at(-1) as ActiveCommand['phase'];
  if (path.length === 5) return { step: inner, op: 'seal', phase };
  const isGroup = plan?.nodes.some(({ type, name }) => type === 'group' && name === node) === true;
  const isSeal = path.length === 4 && (inner === 'sealing' || inner === 'clearing') && !isGroup;
  return isSeal ? { step: node, op: 'seal', phase } : undefined;
}
