import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { onReturn } from './live.ts';

/** Something that is fetched: what there is of it, and what went wrong the last time. */
export interface Loaded<Data> {
  readonly data: Data | undefined;
  readonly error: Error | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * Fetches whenever the key changes, and when asked to; what was there before stays until then. An answer that is overtaken
 * is dropped. `every`: also each so many ms. `keeps`: what was there of another key stays, too. What failed is asked for again
 * when the server is back.
 */
export function useLoad<Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
  { every, keeps = false }: { readonly every?: number; readonly keeps?: boolean } = {},
): Loaded<Data> {
  const [state, setState] = useState<{ readonly key: string; readonly data?: Data; readonly error?: Error }>({
    key,
  });
  const [round, setRound] = useState(0);
  const [isLoading, setLoading] = useState(true);
  const current = useRef(load);
  current.current = load;
  useEffect(() => {
    const abort = new AbortController();
    setLoading(true);
    current
      .current(abort.signal)
      .then(
        (data) => !abort.signal.aborted && setState({ key, data }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          setState((before) => ({
            ...(before.key === key || keeps ? before : {}),
            key,
            error: toError(error),
          }));
        },
      )
      .finally(() => !abort.signal.aborted && setLoading(false));
    return () => abort.abort();
  }, [key, round]);
  useEffect(() => {
    if (every === undefined) return undefined;
    const timer = setInterval(() => !document.hidden && setRound((before) => before + 1), every);
    return () => clearInterval(timer);
  }, [every]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => (state.error === undefined ? undefined : onReturn(reload)), [state.error]);
  const isCurrent = state.key === key;
  return {
    data: isCurrent || keeps ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    isLoading,
    reload,
  };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
