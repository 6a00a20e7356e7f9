import { pointOfNoReturn, type SagaNode, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import { SequenceLines } from './sequence-lines.ts';

/** The frame around a way backward, as Mermaid takes a colour. */
export const backwardFrame = 'rgba(245, 158, 11, 0.12)';

/** A saga's definition as a Mermaid sequence diagram: who is asked for what, in which order, and how it is undone. */
export function toSequence(plan: SagaPlan): string {
  const lines = new SequenceLines(plan);
  const noReturn = pointOfNoReturn(plan);
  for (const [index, node] of plan.nodes.entries()) {
    drawNode(lines, node);
    if (index === noReturn) lines.note('from here on only forward');
  }
  lines.note('completed');
  const undone = stepsOf(plan).filter(({ compensation }) => compensation !== undefined);
  if (undone.length > 0) {
    lines.open('rect', backwardFrame);
    lines.open('opt', 'backward, what was done is undone, last first');
    for (const step of undone.toReversed()) drawUndo(lines, step);
    lines.note('compensated');
    lines.close();
    lines.close();
  }
  return String(lines);
}

function drawNode(lines: SequenceLines, node: SagaNode): void {
  if (node.type === 'step') {
    drawStep(lines, node);
    return;
  }
  if (node.type === 'wait') {
    lines.note(`waits for the signal ${node.name}`);
    return;
  }
  for (const [index, step] of node.members.entries()) {
    lines.open(index === 0 ? 'par' : 'and', index === 0 ? node.name : '');
    drawStep(lines, step);
  }
  lines.close();
}

function drawStep(lines: SequenceLines, step: Step): void {
  if (step.when !== undefined) lines.open('opt', `when ${step.name} is wanted`);
  lines.send({ step, op: 'do' }, ` (${step.name}, ${step.kind})`);
  lines.answer({ step, op: 'do' }, 'done', true);
  if (step.when !== undefined) lines.close();
}

function drawUndo(lines: SequenceLines, step: Step): void {
  lines.send({ step, op: 'undo' }, ` (undo ${step.name})`);
  lines.answer({ step, op: 'undo' }, 'undone', true);
}
