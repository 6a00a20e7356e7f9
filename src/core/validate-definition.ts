import { DefinitionError } from './errors.ts';
import {
  commandName,
  isForwardOnly,
  membersOf,
  pointOfNoReturn,
  type SagaPlan,
  type Step,
  stepsOf,
  waitsOf,
} from './steps.ts';

/** What a group's way back is made of, beside its members (`backwardGroupState`). */
const groupStates: readonly string[] = ['deciding', 'settling', 'choosing'];

const token = /^[A-Za-z0-9_-]{1,64}$/;
const identifier = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** `participant.operation` taken apart. Throws `DefinitionError` when it is not of that form. */
export function parseOperation(
  at: string,
  name: string,
): { readonly participant: string; readonly operation: string } {
  const [participant = '', operation = '', ...rest] = name.split('.');
  if (rest.length > 0 || !token.test(participant) || !token.test(operation)) {
    throw new DefinitionError(
      `${at}: '${name}' is not an operation: write 'participant.operation', each of letters, digits, '_' and '-'`,
    );
  }
  return { participant, operation };
}

/** Throws `DefinitionError` when a saga could not keep its promise, naming the step and what to do. */
export function checkPlan(plan: SagaPlan): void {
  const fail = (what: string): never => {
    throw new DefinitionError(`saga '${plan.name}': ${what}`);
  };
  if (!identifier.test(plan.name))
    fail(`its name must be a letter followed by letters, digits, '_' or '-'; at most 64`);
  if (!(Number.isInteger(plan.version) && plan.version >= 1))
    fail(`version is ${plan.version}: use 1, 2, 3 …`);
  if (plan.nodes.length === 0) fail('it has no steps: add one with .step(name, { action })');
  checkNames(plan, fail);
  for (const step of stepsOf(plan)) checkStep(step, fail);
  checkOrder(plan, fail);
}

type Fail = (what: string) => never;

function checkNames(plan: SagaPlan, fail: Fail): void {
  const taken = new Map<string, string>();
  const take = (name: string, of: string) => {
    if (name in {}) fail(`'${name}' means something to JavaScript: choose another name`);
    const other = taken.get(name);
    if (other !== undefined) fail(`${of} and ${other} would both be called '${name}': rename one`);
    taken.set(name, of);
  };
  for (const node of plan.nodes) {
    if (!identifier.test(node.name))
      fail(`'${node.name}' is no name: use a letter followed by letters, digits, '_' or '-'`);
    if (node.name === 'undone')
      fail(`'undone' is a state of every chart: choose another name than '${node.name}'`);
    if (node.type !== 'step') take(node.name, `${node.type} '${node.name}'`);
    if (node.type === 'group' && node.members.length < 2)
      fail(`group '${node.name}' needs at least two steps: use .step for one`);
    const taking = node.type === 'group' && node.members.find((step) => groupStates.includes(step.name));
    if (taking) fail(`'${taking.name}' is a state of every group's way back: choose another name`);
  }
  for (const step of stepsOf(plan)) {
    if (!identifier.test(step.name))
      fail(`'${step.name}' is no name: use a letter followed by letters, digits, '_' or '-'`);
    for (const op of ['do', 'undo', 'seal'] as const) {
      take(
        commandName(step.name, op),
        op === 'do' ? `step '${step.name}'` : `the ${op} of step '${step.name}'`,
      );
    }
  }
}

function checkStep(step: Step, fail: Fail): void {
  const at = `step '${step.name}'`;
  const undone = step.compensation !== undefined;
  if (step.kind === 'compensatable' && !undone && step.noCompensation === undefined) {
    fail(
      `${at} has no compensation: name the operation that undoes it, or write compensation: { none: 'why nothing is undone' }`,
    );
  }
  if (step.kind === 'readonly' && undone)
    fail(`${at} is readonly and has a compensation: drop one of the two`);
  if (isForwardOnly(step) && undone) fail(`${at} is ${step.kind}: it is never undone, drop its compensation`);
  if (step.undoAlways && step.onFailure === 'retry') {
    fail(
      `${at} has undo 'always' and onFailure 'retry': a refusal that may leave effects behind cannot be tried again, drop one of the two`,
    );
  }
  if (step.kind === 'retriable' && step.onExhausted === 'ask')
    fail(`${at} is retriable: it parks by itself, drop onExhausted`);
}

function checkOrder(plan: SagaPlan, fail: Fail): void {
  const from = pointOfNoReturn(plan);
  plan.nodes.forEach((node, index) => {
    for (const step of membersOf(node)) {
      const at = `step '${step.name}'`;
      if (step.kind === 'pivot' && node.type === 'group')
        fail(`${at} is a pivot inside a parallel group: move it out`);
      if (index > from && step.kind !== 'retriable')
        fail(`${at} comes after the point of no return: it must be retriable, or move before it`);
      if (index === from && node.type === 'group' && step.kind !== 'retriable')
        fail(`${at} shares a group with a retriable step: make all of them retriable`);
    }
  });
  for (const { name, timeout, onTimeout } of waitsOf({ nodes: plan.nodes.slice(from + 1) })) {
    if (timeout !== undefined && onTimeout === 'compensate') {
      fail(
        `wait '${name}' comes after the point of no return: nothing can be undone when its signal does not come, give it onTimeout 'ask' or 'continue'`,
      );
    }
  }
}
