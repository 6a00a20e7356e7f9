import { useEffect, useMemo } from 'preact/hooks';
import { BatchBar } from './batch-bar.tsx';
import { useKeys } from './keyboard.ts';
import { Overview } from './overview.tsx';
import { ListTools } from './list-tools.tsx';
import { hrefTo, navigate, place } from './route.ts';
import { SagaList } from './saga-list.ts';
import { SagaRows } from './saga-rows.tsx';
import { SagaScreen } from './saga-screen.tsx';
import { SearchField } from './search-field.tsx';

/** The list of sagas, and one of them beside it. */
export function SagasScreen() {
  const { path, query } = place.value;
  const id = path[1];
  const text = query.get('q') ?? '';
  const list = useMemo(() => new SagaList(), []);
  useEffect(() => {
    list.open();
    return () => list.close();
  }, []);
  useEffect(() => void list.show(text), [text]);
  useEffect(() => {
    if (id !== undefined) list.cursor.value = id;
  }, [id]);
  const open = (sagaId: string) => navigate(hrefTo(['sagas', sagaId], { q: text }));
  const step = (by: number) => {
    const rows = list.rows.value;
    const index = rows.findIndex((row) => row.id === list.cursor.value);
    const next = rows[Math.max(0, Math.min(rows.length - 1, index + by))];
    if (next === undefined) return;
    list.cursor.value = next.id;
    // Beside an open saga the next one is opened: that is what one looks through them for.
    if (id !== undefined && window.innerWidth >= 900) open(next.id);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: (event) => {
      const at = list.cursor.value;
      const isOnControl = (event.target as Element).closest('a, button, summary, input') !== null;
      if (at !== undefined && !isOnControl) open(at);
    },
    x: () => {
      if (list.cursor.value !== undefined) list.toggle(list.cursor.value);
    },
    p: () => list.setPaused(!list.isPaused.value),
    Escape: () => {
      if (list.selected.value.size > 0) list.selected.value = new Set();
      else if (id !== undefined) navigate(hrefTo(['sagas'], { q: text }));
    },
  });
  return (
    <div class={`split ${id === undefined ? 'is-list' : 'is-detail'}`}>
      <section class="list-pane" aria-label="Sagas">
        <SearchField text={text} />
        <ListTools list={list} text={text} />
        <SagaRows list={list} text={text} openId={id} />
        <BatchBar list={list} text={text} />
      </section>
      <div class="detail-pane">
        {id === undefined ? (
          <Overview list={list} />
        ) : (
          <SagaScreen key={id} id={id} isStuck={list.stuck.value.has(id)} />
        )}
      </div>
    </div>
  );
}
