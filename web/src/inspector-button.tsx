import { useState } from 'preact/hooks';
import { api, isMissing } from './api.ts';
import { followInInspector } from './inspector.ts';
import { useLoad } from './use-load.ts';

/** Opens the saga in the Stately Inspector; there only where the server can tell it of sagas. */
export function InspectorButton({ id }: { readonly id: string }) {
  const [error, setError] = useState('');
  // A position past any journal: only whether the route is there is asked.
  const { data: isThere } = useLoad('inspection', async () => {
    return api.inspection(id, 2_000_000_000).then(
      () => true,
      (failure: unknown) => !isMissing(failure),
    );
  });
  if (isThere !== true) return null;
  return (
    <button
      type="button"
      title="Opens a window at stately.ai (or the inspector this server names) and gives it this saga’s journal"
      onClick={() => setError(followInInspector(id) ? '' : 'the window was blocked')}
    >
      Open in Stately Inspector ↗{error === '' ? '' : ` (${error})`}
    </button>
  );
}
