import { explore, type Place, wayTo } from './explore.ts';
import { findingsIn, hazardsIn, type Reading } from './findings.ts';
import { ForeignModel, type ForeignHappening, type ForeignState } from './foreign-model.ts';
import { type ForeignSaga, toForeignSaga } from './foreign-saga.ts';
import { allNow } from './piecewise.ts';
import { isAtRest, properties, type Property } from './properties.ts';
import type { PropertyResult } from './proof.ts';
import type { StoryLine } from './counterexample.ts';

/** A defect of a foreign saga, and the shortest way to see it. */
export interface ForeignCounterexample {
  readonly property: Property;
  readonly what: string;
  readonly lines: readonly StoryLine[];
}

/** What was found out about a foreign saga; plain JSON. */
export interface ForeignReport {
  readonly saga: string;
  readonly isSound: boolean;
  readonly isComplete: boolean;
  readonly properties: readonly PropertyResult[];
  readonly counterexamples: readonly ForeignCounterexample[];
  readonly explored: readonly { readonly about: string; readonly states: number; readonly arrows: number }[];
  readonly unexplored: readonly string[];
  /** What whoever is asked has to absorb. */
  readonly needs: readonly string[];
}

/**
 * Explores what may happen to a saga of another engine, as its description has it. It says nothing of that engine but
 * what the description says. Throws `DefinitionError` for a description that makes no sense.
 */
export function foreignProof(
  description: ForeignSaga,
  { limit = 100_000 }: { readonly limit?: number } = {},
): ForeignReport {
  const saga = toForeignSaga(description);
  const model = new ForeignModel(saga);
  const space = allNow(explore(model, limit));
  const reading = readingOf(model);
  const found = allNow(findingsIn(space, reading)).map(({ property, what, place, happening, into }) => ({
    property,
    what,
    lines: [
      ...linesTo(place),
      ...(happening === undefined || into === undefined ? [] : [toLine(happening, into.state)]),
    ],
  }));
  const all = [...found, ...neverUndone(saga, space.places)].toSorted(
    (a, b) => a.lines.length - b.lines.length,
  );
  return {
    saga: saga.name,
    isSound: all.length === 0,
    isComplete: space.unexplored.length === 0,
    properties: Object.entries(properties).map(([property, text]) => ({
      property: property as Property,
      text,
      holds: !all.some((one) => one.property === property),
    })),
    counterexamples: all,
    explored: [{ about: 'everything', states: space.places.length, arrows: space.arrows }],
    unexplored:
      space.unexplored.length === 0
        ? []
        : [`what follows ${space.unexplored.length} states: the limit of ${limit} was hit`],
    needs: allNow(hazardsIn(space, reading)).map(({ step, hazard }) => texts[hazard](step)),
  };
}

const texts = {
  duplicate: (step: string) => `${step} is asked for again after it took effect`,
  emptyUndo: (step: string) => `${step} is to be undone although it never ran`,
  lateAction: (step: string) => `the request for ${step} may arrive after it was undone`,
  strayUndo: (step: string) => `${step} is undone by somebody who knows nothing of it`,
} as const;

function readingOf(model: ForeignModel): Reading<ForeignState, ForeignHappening> {
  return {
    factsOf: (state) => model.factsOf(state),
    isBroken: () => true,
    isAtRest: (state) => isAtRest(model.factsOf(state)),
    isUndoing: () => true,
    moverOf: ({ mover }) => mover,
    nameOf: stateName,
    isTrimmed: () => false,
    hazardOf: ({ step, hazard }) =>
      step === undefined || hazard === undefined ? undefined : { step, hazard },
  };
}

function linesTo(place: Place<ForeignState, ForeignHappening>): readonly StoryLine[] {
  return wayTo(place).map(({ happening, to }) => toLine(happening, to.state));
}

function toLine({ name, text }: ForeignHappening, state: ForeignState): StoryLine {
  return { name, text, state: stateName(state) };
}

function stateName({ status, step }: ForeignState): string {
  return step === null ? status : `${status}.${step}`;
}

/** Undos that are written down, and that nothing leads to. */
function neverUndone(
  { steps }: ForeignSaga,
  places: readonly Place<ForeignState, ForeignHappening>[],
): readonly ForeignCounterexample[] {
  const undone = new Set(places.map(({ state }) => (state.status === 'compensating' ? state.step : null)));
  return steps
    .filter(({ name, undo }) => undo !== 'never' && !undone.has(name))
    .map(({ name }) => ({ property: 'reachable', what: `nothing leads to the undo of ${name}`, lines: [] }));
}
