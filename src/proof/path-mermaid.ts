import type { Counterexample } from './counterexample.ts';

/** A counterexample's path as the text of a Mermaid state diagram: the states it comes to, and what happens between them. */
export function toPathMermaid(counterexample: Counterexample): string {
  const { lines, journal, what } = counterexample;
  const states = [journal[0]?.state ?? 'start', ...lines.map(({ state }) => state)];
  const ids = new Map([...new Set(states)].map((state, index) => [state, `s${index}`]));
  const id = (state: string | undefined) => ids.get(state ?? '') ?? 's0';
  const last = states.at(-1);
  return `${[
    '---',
    `title: ${JSON.stringify(plainly(what))}`,
    '---',
    'stateDiagram-v2',
    ...[...ids].map(([state, name]) => `  state "${plainly(state)}" as ${name}`),
    `  [*] --> ${id(states[0])}`,
    ...lines.map(
      ({ name }, index) =>
        `  ${id(states[index])} --> ${id(states[index + 1])} : ${index + 1}. ${plainly(name)}`,
    ),
    '  classDef broken fill:#ffcdd2,stroke:#b71c1c,stroke-width:3px,color:#1b1b1b',
    `  class ${id(last)} broken`,
  ].join('\n')}\n`;
}

/** Nothing of a saga's own texts can become syntax. */
function plainly(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,()|_-]/gu, ' ');
}
