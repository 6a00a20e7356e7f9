import type { SagaPlan } from '../core/steps.ts';
import { condensedPlan } from './condensed-plan.ts';
import type { Guarantee } from './effects.ts';

/** What a proof takes for granted; it holds only as far as these do. */
export function assumptionsOf(
  plan: SagaPlan,
  participants: Readonly<Record<string, Guarantee>>,
): readonly string[] {
  const named = Object.entries(participants).map(([name, guarantee]) => `${name} is ${guarantee}`);
  const others = named.length === 0 ? 'Every participant' : `${named.join(', ')}; every other participant`;
  const isShortened = condensedPlan(plan, participants).nodes.length < plan.nodes.length;
  const large = plan.nodes.flatMap((node) =>
    node.type === 'group' && node.members.length > 2 ? [node.name] : [],
  );
  return [
    `${others} keeps the rules of the participant kit’s barrier (sagachart verify-participant tries that).`,
    'Of the attempts of a command the first and the last are told apart; those between repeat the first.',
    'Guards (when) may say yes or no at any time, whatever the input is.',
    'What comes after a defect is not looked at.',
    'Once a person overrides the saga property (skip, resolve, abandon), nothing more is claimed.',
    ...(large.length === 0
      ? []
      : [
          `Members of a group share nothing: of ${large.join(', ')} two members at a time do what they like, the others succeed.`,
        ]),
    ...(isShortened
      ? ['People who pause it or send it back are tried with at most two steps of one kind in a row.']
      : []),
  ];
}
