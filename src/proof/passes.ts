import { type Group, type SagaPlan, stepsOf } from '../core/steps.ts';
import { condensedPlan, kindOf } from './condensed-plan.ts';
import type { Guarantee } from './effects.ts';

/** One exploration of a saga, and what it is about. */
export interface Pass {
  readonly about: string;
  readonly plan: SagaPlan;
  /** Steps whose commands succeed at once. */
  readonly quiet: ReadonlySet<string>;
  readonly pauses: boolean;
  readonly rewinds: boolean;
  /** Only the endings of an attempt that no other one stands for. */
  readonly isBrief: boolean;
}

/**
 * The explorations that together make a proof. Members of one group share nothing, so that of a group of three and more
 * two at a time are looked at: each pair of different kinds, and each member at least once. People who pause a saga or send it back to a step are
 * looked at in a plan in which runs of steps of one kind are cut down to two.
 */
export function passesOf(plan: SagaPlan, participants: Readonly<Record<string, Guarantee>>): readonly Pass[] {
  const short = condensedPlan(plan, participants);
  const whole = { about: 'all but pauses and ways back to a step', pauses: false, rewinds: false };
  const [some = new Set<string>()] = quietings(short, participants);
  return [
    ...quietings(plan, participants).map((quiet) => toPass(plan, quiet, { ...whole, isBrief: false })),
    toPass(short, some, { about: 'people who pause it', pauses: true, rewinds: false, isBrief: true }),
    toPass(short, some, { about: 'people who send it back', pauses: false, rewinds: true, isBrief: true }),
  ];
}

function toPass(
  plan: SagaPlan,
  quiet: ReadonlySet<string>,
  options: Pick<Pass, 'about' | 'pauses' | 'rewinds' | 'isBrief'>,
): Pass {
  const lively = stepsOf({ nodes: largeGroups(plan) }).filter(({ name }) => !quiet.has(name));
  const names = lively.map(({ name }) => name).join(' and ');
  const about = names === '' ? options.about : `${options.about}; of the large groups ${names}`;
  return { ...options, plan, quiet, about };
}

/** Which members of large groups are to be quiet, in turn: all but two. */
function quietings(
  plan: SagaPlan,
  participants: Readonly<Record<string, Guarantee>>,
): readonly ReadonlySet<string>[] {
  const large = largeGroups(plan);
  if (large.length === 0) return [new Set()];
  const names = stepsOf({ nodes: large }).map(({ name }) => name);
  return large.flatMap((group) =>
    pairsOf(group, participants).map((pair) => new Set(names.filter((name) => !pair.includes(name)))),
  );
}

function pairsOf(
  { members }: Group,
  participants: Readonly<Record<string, Guarantee>>,
): readonly (readonly string[])[] {
  const pairs = new Map<string, readonly string[]>();
  for (const [index, one] of members.entries())
    for (const other of members.slice(index + 1)) {
      const kinds = `${kindOf(one, participants)} ${kindOf(other, participants)}`;
      if (!pairs.has(kinds)) pairs.set(kinds, [one.name, other.name]);
    }
  return [...pairs.values(), ...pairsOfRest(members, new Set([...pairs.values()].flat()))];
}

/** Members of one kind stand for each other, but each has states, and a participant, of its own: everybody has a turn. */
function pairsOfRest(members: Group['members'], known: ReadonlySet<string>): readonly (readonly string[])[] {
  const rest = members.map(({ name }) => name).filter((name) => !known.has(name));
  const [anybody = ''] = known;
  return rest.flatMap((name, index) => (index % 2 === 0 ? [[name, rest[index + 1] ?? anybody]] : []));
}

function largeGroups(plan: SagaPlan): readonly Group[] {
  return plan.nodes.flatMap((node) => (node.type === 'group' && node.members.length > 2 ? [node] : []));
}
