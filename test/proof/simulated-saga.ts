import fc from 'fast-check';
import { type AnySagaDefinition, defineSaga, type StepOptions } from '../../src/core/definition.ts';

type Options = StepOptions<unknown, object, unknown>;

/** A definition whose names the compiler does not follow. */
interface Chain extends AnySagaDefinition {
  step(name: string, options: Options): Chain;
  parallel(name: string, build: (group: Chain) => Chain): Chain;
}

const retry = { initialInterval: 100, maximumInterval: 500, backoffCoefficient: 2 };

/** Sagas that the simulation can run to their end in its time. `isStray`: undos are asked of another participant than actions. */
export function simulatedSaga({ isStray }: { readonly isStray: boolean }): fc.Arbitrary<AnySagaDefinition> {
  const step = fc.record({
    onFailure: fc.constantFrom('compensate', 'compensate', 'retry'),
    maximumAttempts: fc.integer({ min: 2, max: 3 }),
    isAlways: fc.boolean(),
  });
  return fc
    .record({
      first: step,
      second: fc.oneof(
        { weight: 3, arbitrary: step },
        { weight: 1, arbitrary: fc.array(step, { minLength: 2, maxLength: 2 }) },
      ),
      hasPivot: fc.boolean(),
      hasEnd: fc.boolean(),
    })
    .map(({ first, second, hasPivot, hasEnd }) => {
      const toOptions = ({ onFailure, maximumAttempts, isAlways }: typeof first): Options => ({
        action: 'shop.do',
        compensation: { operation: isStray ? 'office.undo' : 'shop.undo', timeout: 600 },
        timeout: 600,
        retry: { ...retry, maximumAttempts },
        onFailure,
        ...(isAlways && onFailure !== 'retry' ? { undo: 'always' as const } : {}),
      });
      const start = (defineSaga('random') as unknown as Chain).step('first', toOptions(first));
      const middle = Array.isArray(second)
        ? start.parallel('both', (group) =>
            second.reduce((all, one, index) => all.step(`m${index}`, toOptions(one)), group),
          )
        : start.step('next', toOptions(second));
      const pivot = hasPivot
        ? middle.step('pivot', {
            kind: 'pivot',
            action: 'shop.do',
            timeout: 600,
            retry: { ...retry, maximumAttempts: 2 },
          })
        : middle;
      return hasEnd
        ? pivot.step('end', { kind: 'retriable', action: 'shop.do', timeout: 600, retry })
        : pivot;
    });
}
