import type { z } from 'zod';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { CommandDuration, Durations } from '../proof/durations.ts';
import { proofInPieces, type ProofReport } from '../proof/proof.ts';
import { toldLines } from '../proof/report-text.ts';
import { inTurns } from './in-turns.ts';
import type { ProofBody } from './proof-schemas.ts';

/** The most states of one exploration here; `sagachart check` goes further. */
const limit = 30_000;

type Proof = z.infer<typeof ProofBody>;

/** By plan, which is always the same object and never changes: whichever app asks, the proof is the same. */
const proofs = new WeakMap<SagaPlan, Promise<Proof>>();

/** What was proven of definitions, each when it is first asked for; one at a time, for each takes what it can get of a core. */
export class Proofs {
  #last: Promise<unknown> = Promise.resolve();

  /** The proof of a definition, once it is made. Throws when it cannot be; the next call tries again. */
  get({ plan, ref }: AnySagaDefinition): Promise<Proof> {
    const known = proofs.get(plan);
    if (known !== undefined) return known;
    const proven = this.#last.then(async () =>
      toProofBody(ref.hash, await inTurns(proofInPieces({ plan }, { limit }))),
    );
    this.#last = proven.catch(() => proofs.delete(plan));
    proofs.set(plan, proven);
    return proven;
  }
}

/** A proof as JSON: durations in ms, stories without their journals. */
function toProofBody(hash: string, report: ProofReport): Proof {
  return {
    name: report.saga,
    version: report.version,
    hash,
    isSound: report.isSound,
    isComplete: report.isComplete,
    states: report.explored.reduce((sum, { states }) => sum + states, 0),
    properties: [...report.properties],
    counterexamples: report.counterexamples.map(({ property, what, skipped, lines }) => ({
      property,
      what,
      skipped: [...skipped],
      story: toldLines({ lines }).map((line) => ({ ...line })),
    })),
    needs: report.needs.map(({ participant, guarantee, because }) => ({
      participant,
      guarantee,
      because: because.map(({ text }) => text),
    })),
    missingCompensations: report.missingCompensations.map((one) => ({ ...one })),
    durations: toDurationsBody(report.durations),
    rollback: report.rollback.map(({ undoes, ...one }) => ({ ...one, undoes: [...undoes] })),
    assumptions: [...report.assumptions],
    unexplored: [...report.unexplored],
  };
}

function toDurationsBody({ forward, backward, untilKnown, deadline, steps }: Durations): Proof['durations'] {
  return {
    forwardMs: forward,
    backwardMs: backward,
    untilKnownMs: untilKnown,
    deadlineMs: deadline,
    steps: steps.map(({ step, action, seal, undo }) => ({
      step,
      action: toDurationBody(action),
      seal: seal && toDurationBody(seal),
      undo: undo && toDurationBody(undo),
    })),
  };
}

function toDurationBody({ attempts, timeout, backoffs, total }: CommandDuration) {
  return { attempts, timeoutMs: timeout, backoffsMs: [...backoffs], totalMs: total };
}
