import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Definition, type Line, type Saga } from './api.ts';
import { listen, onReturn } from './live.ts';

/** A saga, its journal and its definition, kept up to date. */
export interface FollowedSaga {
  readonly saga: Saga | undefined;
  readonly lines: readonly Line[];
  readonly definition: Definition | undefined;
  /** The steps, groups and signals of the definition, in its order. */
  readonly order: readonly string[];
  readonly error: Error | undefined;
  readonly reload: () => void;
}

type Known = Omit<FollowedSaga, 'reload'>;

const nothing: Known = { saga: undefined, lines: [], definition: undefined, order: [], error: undefined };

/** The least time between two looks at a saga that moves fast; ms. */
const pace = 150;

/** Follows a saga: reads it, and what is new of its journal whenever it moves. */
export function useSaga(id: string): FollowedSaga {
  const [known, setKnown] = useState<Known>(nothing);
  const current = useRef(nothing);
  const again = useRef(() => {});
  useEffect(() => {
    const abort = new AbortController();
    let isLooking = false;
    let isDue = false;
    const set = (next: Known) => {
      current.current = next;
      if (!abort.signal.aborted) setKnown(next);
    };
    const look = async () => {
      if (isLooking) {
        isDue = true;
        return;
      }
      isLooking = true;
      isDue = false;
      try {
        set(await read(id, current.current, abort.signal));
      } catch (error) {
        set({ ...current.current, error: error as Error });
      }
      await new Promise((resolve) => setTimeout(resolve, pace));
      isLooking = false;
      if (isDue && !abort.signal.aborted) void look();
    };
    again.current = () => void look();
    void look();
    const stop = listen((changes, isReset) => {
      const version = current.current.saga?.version ?? 0;
      if (isReset || changes.some((change) => change.id === id && change.seq > version)) void look();
    });
    const forget = onReturn(() => {
      if (current.current.error !== undefined) void look();
    });
    return () => {
      abort.abort();
      stop();
      forget();
    };
  }, [id]);
  return { ...known, reload: () => again.current() };
}

async function read(id: string, before: Known, signal: AbortSignal): Promise<Known> {
  const last = before.lines.at(-1)?.seq ?? 0;
  const [saga, added] = await Promise.all([api.saga(id, signal), api.history(id, last, signal)]);
  const { name, version } = saga.definition;
  const [definition, order] =
    before.definition === undefined
      ? await Promise.all([api.definition(name, version, signal), readOrder(name, version, signal)])
      : [before.definition, before.order];
  return { saga, lines: [...before.lines, ...added], definition, order, error: undefined };
}

async function readOrder(name: string, version: number, signal: AbortSignal): Promise<readonly string[]> {
  const { nodes } = await api.chart(name, version, signal);
  return nodes.filter(({ parent }) => parent === 'running').map(({ key }) => key);
}
