import type { EventData, SagaContext } from './context.ts';
import { inputTaken, isAmbiguous, mayTakeInput } from './override-input.ts';
import { paused, resumed } from './pause.ts';
import { type Args, reduce } from './reduce.ts';
import { isWithinReach, notRewinding, rewinding, rewound } from './rewind.ts';
import type { CauseType } from './saga-row.ts';
import { awaiting, expired, heard, isEarly, isSignal, isSignalled, keptSignal } from './signal.ts';
import type { SagaPlan } from './steps.ts';
import type { Op } from './transport.ts';

/** Static parameters that name a step. */
export interface StepParams {
  readonly step: string;
}

/** Static parameters that name a command. */
export interface CommandParams extends StepParams {
  readonly op: Op;
}

/** What `isDecidedAs` compares: the choice, what the author lets a person decide about, and a further condition. */
export interface ChoiceParams extends CommandParams {
  readonly as: string;
  readonly asks: readonly string[];
  readonly if?: keyof ReturnType<typeof conditions>;
}

/** The actions behind what people do and say: signals, pauses, changed inputs, going back to a step. */
export function operatorActions(plan: SagaPlan) {
  return {
    beginWait: reduce<StepParams>((context, _event, { step }) => awaiting(context, step)),
    hear: reduce<StepParams>((context, event, { step }) => heard(context, event, step)),
    keepSignal: reduce((context, event) => keptSignal(plan, context, event)),
    expire: reduce<StepParams>((context, _event, { step }) => expired(context, step)),
    pause: reduce(paused),
    resume: reduce(resumed),
    takeInput: reduce<CommandParams & { isRenewed?: boolean }>((context, event, { isRenewed, ...command }) =>
      inputTaken(context, event, { ...command, isRenewed: isRenewed === true }),
    ),
    rewindTo: reduce((context, event) => rewinding(plan, context, event)),
    rewound: reduce((context) => rewound(plan, context)),
    stopRewind: reduce<{ type: CauseType }>((context, event, { type }) => notRewinding(context, event, type)),
  };
}

/** The guards that go with them. */
export function operatorGuards(plan: SagaPlan) {
  const only = conditions(plan);
  return {
    ...only,
    isDecidedAs: ({ context, event }: Args, { as, asks, if: condition, ...params }: ChoiceParams) =>
      event.choice === as &&
      asks.includes(context.parked?.why ?? '') &&
      (condition === undefined || only[condition]({ context, event }, params)),
    isActive: ({ context }: Args) => context.paused === undefined,
    isPaused: ({ context }: Args) => context.paused !== undefined,
    isRewinding: ({ context, event }: Args) => context.rewind !== undefined && event.to === undefined,
    isRewoundTo: ({ context }: Args, { node }: { node: string }) => context.rewind === node,
    isSignal: ({ event }: Args, { step }: StepParams) => isSignal(event, step),
    isSignalled: ({ context }: Args, { step }: StepParams) => isSignalled(context, step),
    isEarly: ({ context, event }: Args) => mayGoForward(context) && isEarly(plan, context, event),
  };
}

/** Conditions that hold for an action whether it is asked for by name or decided upon. */
function conditions(plan: SagaPlan) {
  const isInDoubt = ({ context, event }: Args, step: string) =>
    context.steps[step]?.inDoubt === true || event.resent === true;
  const isReached = (context: SagaContext, event: EventData) => isWithinReach(plan, context, event);
  return {
    mayTakeInput: ({ context, event }: Args, params: CommandParams) =>
      mayTakeInput(plan, context, event, params) && !isAmbiguous(plan, context, event, params),
    mustClear: ({ context, event }: Args, { step }: StepParams) =>
      context.steps[step]?.refusedInDoubt === true && event.input === undefined,
    mustSealFirst: (args: Args, { step }: StepParams) =>
      isInDoubt(args, step) && isReached(args.context, args.event),
    isWithinReach: ({ context, event }: Args, _params: StepParams) => isReached(context, event),
  };
}

/** A saga that was parked on its way back hears nothing any more, unless it is to go forward again. */
function mayGoForward({ parked, cause, rewind }: SagaContext): boolean {
  return parked === null || cause === null || rewind !== undefined;
}
