import { useEffect, useRef, useState } from 'preact/hooks';
import { now } from './clock.ts';
import { ago, count, dateTime } from './format.ts';
import { hrefTo } from './route.ts';
import type { Row, SagaList } from './saga-list.ts';
import { ErrorNotice, Notice, StatusBadge, Text } from './text.tsx';

/** How high a row is, in px: as in list.css. */
const rowHeight = 60;
/** Rows above and below what is seen. */
const margin = 6;

interface Props {
  readonly list: SagaList;
  readonly text: string;
  readonly openId: string | undefined;
}

/** The rows that can be seen, of however many there are. */
export function SagaRows({ list, text, openId }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const rows = list.rows.value;
  const cursor = list.cursor.value;
  const state = list.state.value;
  const first = Math.max(0, Math.floor(view.top / rowHeight) - margin);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + margin);
  const isEmpty = rows.length === 0;
  const look = () => {
    const { scrollTop: top = 0, clientHeight: height = 0 } = box.current ?? {};
    setView((before) => (before.top === top && before.height === height ? before : { top, height }));
  };
  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
    // The box is there only while there are rows.
  }, [isEmpty]);
  useEffect(() => {
    if (last > rows.length - 10) void list.more();
  }, [last, rows.length]);
  useEffect(
    () =>
      keepInView(
        box.current,
        rows.findIndex(({ id }) => id === cursor),
      ),
    [cursor, isEmpty],
  );
  const again = () => void list.reload();
  if (isEmpty)
    return state instanceof Error ? (
      <ErrorNotice error={state} retry={again} />
    ) : state === 'loading' ? (
      <Notice kind="loading" title="Looking for sagas …" />
    ) : (
      <Nothing text={text} />
    );
  return (
    <div class="rows" ref={box} onScroll={look} aria-busy={state === 'loading'}>
      <ol
        style={{
          paddingTop: `${first * rowHeight}px`,
          paddingBottom: `${(rows.length - last) * rowHeight}px`,
        }}
      >
        {rows.slice(first, last).map((row, index) => (
          <RowView
            key={row.id}
            row={row}
            place={{ index: first + index + 1, of: list.next.value === null ? rows.length : -1 }}
            href={hrefTo(['sagas', row.id], { q: text })}
            isOpen={row.id === openId}
            isCursor={row.id === cursor}
            isStuck={list.stuck.value.has(row.id)}
            isSelected={list.selected.value.has(row.id)}
            onSelect={() => list.toggle(row.id)}
            onFocus={() => (list.cursor.value = row.id)}
          />
        ))}
      </ol>
      {state === 'more' ? <p class="more">Looking for more …</p> : null}
      {list.isCut.value ? (
        <p class="more">These are the newest {count(rows.length)}. A narrower query finds older ones.</p>
      ) : null}
      {state instanceof Error ? <ErrorNotice error={state} retry={again} /> : null}
    </div>
  );
}

interface RowProps {
  readonly row: Row;
  readonly place: { readonly index: number; readonly of: number };
  readonly href: string;
  readonly isOpen: boolean;
  readonly isCursor: boolean;
  readonly isStuck: boolean;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onFocus: () => void;
}

function RowView({ row, place, href, isOpen, isCursor, isStuck, isSelected, onSelect, onFocus }: RowProps) {
  const looks = [
    isOpen && 'is-open',
    isCursor && 'is-cursor',
    row.isStray && 'is-stray',
    isSelected && 'is-selected',
  ];
  return (
    <li
      class={['row', ...looks].filter(Boolean).join(' ')}
      aria-posinset={place.index}
      aria-setsize={place.of}
    >
      <input type="checkbox" aria-label={`Select ${row.id}`} checked={isSelected} onChange={onSelect} />
      <a href={href} aria-current={isOpen ? 'true' : undefined} onFocus={onFocus}>
        <span class="row-id">
          <Text value={row.id} />
        </span>
        <span class="row-badges">
          {isStuck ? <span class="badge is-stuck">stuck</span> : null}
          <StatusBadge status={row.status} />
        </span>
        <span class="row-about">
          <Text value={aboutOf(row)} />
        </span>
        <time class="row-age" dateTime={row.updatedAt} title={dateTime(Date.parse(row.updatedAt))}>
          {ago(Date.parse(row.updatedAt), now.value)}
        </time>
      </a>
    </li>
  );
}

function aboutOf({ definition, step, participant, error, status, isOverridden }: Row): string {
  const isOpen = status === 'running' || status === 'compensating';
  const words = [
    definition.name,
    isOpen || status === 'failed' ? (step ?? '') : '',
    isOpen && participant !== null ? participant : '',
    isOpen || error === null ? '' : error.code,
    isOverridden ? 'overridden' : '',
  ];
  return words.filter((word) => word !== '').join(' · ');
}

function Nothing({ text }: { readonly text: string }) {
  if (text === '')
    return (
      <Notice kind="empty" title="There are no sagas yet">
        <p>
          Start one from <a href={hrefTo(['definitions'])}>its definition</a>; it shows up here at once.
        </p>
      </Notice>
    );
  return (
    <Notice kind="empty" title="No saga matches">
      <p>
        <a href={hrefTo(['sagas'])}>Show all</a>
      </p>
    </Notice>
  );
}

function keepInView(box: HTMLElement | null, index: number): void {
  if (box === null || index < 0) return;
  const top = index * rowHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + rowHeight > box.scrollTop + box.clientHeight)
    box.scrollTop = top + rowHeight - box.clientHeight;
}
