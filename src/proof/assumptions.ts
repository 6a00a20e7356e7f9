import { type SagaPlan, waitsOf } from '../core/steps.ts';
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
  const endless = waitsOf(plan).filter(({ timeout }) => timeout === undefined);
  return [
    `${others} keeps the rules of the participant kit’s barrier (sagachart verify-participant tries that).`,
    'Of the attempts of a command the first and the last are told apart; those between repeat the first.',
    'Guards (when) may say yes or no at any time, whatever the input is.',
    'What comes after a defect is not looked at.',
    'Once a person overrides the saga property (skip, resolve, abandon, another input), nothing more is claimed.',
    'Nodes live; what their deaths lead to is tried by crashMatrix.',
    'People who pause it, and people who send it back (to its first step, or to the one at hand), are tried apart from each other, with attempts that succeed, are refused or get no answer.',
    ...(plan.timeout === undefined || endless.length === 0
      ? []
      : [
          `A saga that a person sends forward after its deadline has none any more: from then on it waits for ${endless.map(({ name }) => name).join(', ')} as long as it takes.`,
        ]),
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
