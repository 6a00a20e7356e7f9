import type { Logger } from '../core/logger.ts';
import type {
  AttemptWatch,
  EngineObserver,
  ObservedMove,
  StartingSaga,
  StartRefusal,
  StartWatch,
} from '../core/observer.ts';
import type { SagaRecord } from '../core/store.ts';
import type { CommandRequest } from '../core/transport.ts';

/** All who measure this engine, as one; an exception of theirs ends in the log, and nowhere else. */
export class Observers implements Required<EngineObserver> {
  readonly #all: readonly EngineObserver[];
  readonly #logger: Logger;

  constructor(all: readonly EngineObserver[], logger: Logger) {
    this.#all = all;
    this.#logger = logger;
  }

  starting(start: StartingSaga): StartWatch {
    const watches = this.#ask((observer) => observer.starting?.(start));
    const traceparent = watches.find((watch) => watch.traceparent !== undefined)?.traceparent;
    return {
      traceparent: traceparent ?? start.traceparent,
      ended: (outcome) => this.#tell(watches, (watch) => watch.ended(outcome)),
    };
  }

  refused(why: StartRefusal): void {
    this.#tell(this.#all, (observer) => observer.refused?.(why));
  }

  moved(moved: ObservedMove): void {
    this.#tell(this.#all, (observer) => observer.moved?.(moved));
  }

  sending(request: CommandRequest, isResent: boolean): AttemptWatch | undefined {
    const watches = this.#ask((observer) => observer.sending?.(request, isResent));
    if (watches.length === 0) return undefined;
    return {
      traceparent: watches.find((watch) => watch.traceparent !== undefined)?.traceparent,
      ended: (outcome, code) => this.#tell(watches, (watch) => watch.ended(outcome, code)),
    };
  }

  committing(sagas: number): () => void {
    const dones = this.#ask((observer) => observer.committing?.(sagas));
    return () => this.#tell(dones, (done) => done());
  }

  claimed(records: readonly SagaRecord[]): void {
    this.#tell(this.#all, (observer) => observer.claimed?.(records));
  }

  leaseRenewed(isRenewed: boolean): void {
    this.#tell(this.#all, (observer) => observer.leaseRenewed?.(isRenewed));
  }

  #ask<Answer>(ask: (observer: EngineObserver) => Answer | undefined): readonly Answer[] {
    const answers: Answer[] = [];
    this.#tell(this.#all, (observer) => {
      const answer = ask(observer);
      if (answer !== undefined) answers.push(answer);
    });
    return answers;
  }

  #tell<Listener>(listeners: readonly Listener[], tell: (listener: Listener) => void): void {
    for (const listener of listeners) {
      try {
        tell(listener);
      } catch (error) {
        this.#logger.error({ err: error }, 'an observer of the engine threw');
      }
    }
  }
}
