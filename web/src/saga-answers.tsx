import type { Saga } from './api.ts';
import { actionWords, toOffered } from './action-words.ts';
import { now } from './clock.ts';
import { toAnswers, type WordsOptions } from './saga-words.ts';
import { Text } from './text.tsx';

/** What people ask of a saga first, answered in words. */
export function SagaAnswers({
  saga,
  isPast,
  ...words
}: WordsOptions & { readonly saga: Saga; readonly isPast: boolean }) {
  const offered = toOffered(saga.legal).map((action) => actionWords[action]?.title ?? action);
  const answers = toAnswers(words, isPast ? undefined : now.value);
  const can = offered.length === 0 ? 'Nothing: it is closed.' : offered.join(' · ');
  return (
    <section class="answers" aria-label="In words">
      <dl>
        {answers.map(({ question, answer, tone }, index) => (
          <div key={question} class={`is-${tone}`}>
            <dt>{question}</dt>
            <dd aria-live={index === 0 ? 'polite' : undefined}>
              <Text value={answer} />
            </dd>
          </div>
        ))}
        {isPast ? null : (
          <div class="is-plain">
            <dt>What can I do?</dt>
            <dd>{can}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
