import { api } from './api.ts';
import { listen } from './live.ts';

/** Where the inspector is, unless the server names another. */
const stately = 'https://stately.ai/inspect';

/** What an opened inspector says when it listens. */
const connected = '@statelyai.connected';

/** Ends what follows in the window that is open now: there is one window for all. */
let stopFollowing = () => {};

/** Opens an inspector, posts it the saga's journal, and what follows as it happens; `false`: the browser does not let it. */
export function followInInspector(id: string): boolean {
  const url = document.querySelector<HTMLMetaElement>('meta[name=sagachart-inspector]')?.content || stately;
  const target = window.open(url, 'xstateinspector');
  if (target === null) return false;
  stopFollowing();
  let after = 0;
  let posting = Promise.resolve();
  const post = () => {
    posting = posting
      .then(async () => {
        const { items, after: reached } = await api.inspection(id, after);
        after = reached;
        // The data is the saga's: only the inspector that was opened is given it.
        for (const item of items) target.postMessage(item, new URL(url).origin);
      })
      .catch(() => undefined);
  };
  const onMessage = ({ source, data }: MessageEvent) => {
    if (source !== target || (data as { readonly type?: unknown } | null)?.type !== connected) return;
    after = 0;
    post();
  };
  addEventListener('message', onMessage);
  const stop = listen((changes, isReset) => {
    if (target.closed) stopFollowing();
    else if (after > 0 && (isReset || changes.some((change) => change.id === id))) post();
  });
  stopFollowing = () => {
    stop();
    removeEventListener('message', onMessage);
  };
  return true;
}
