import { useEffect, useRef, useState } from 'preact/hooks';
import type { Line } from './api.ts';
import { eventDetail, eventTone, eventWords } from './event-words.ts';
import { clock, dateTime } from './format.ts';
import { navigate, withQuery } from './route.ts';
import { Card, Text } from './text.tsx';

/** How many lines are shown at once. */
const pageSize = 100;

/** The journal, line by line; a click goes to that moment. */
export function SagaEvents({ lines, seq }: { readonly lines: readonly Line[]; readonly seq: number }) {
  const [shown, setShown] = useState(pageSize);
  const box = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const current = box.current?.querySelector<HTMLElement>('[aria-current]') ?? null;
    // Only the list is moved, not the page around it.
    if (current !== null) box.current?.scrollTo({ top: current.offsetTop - box.current.clientHeight / 2 });
  }, [seq]);
  const newest = lines.toReversed().slice(0, shown);
  const go = (to: number) =>
    navigate(withQuery({ seq: to >= lines.length ? undefined : to }), { replace: true });
  return (
    <Card title="Events" class="events-card" tools={<span>{lines.length} lines, newest first</span>}>
      <ol class="events" ref={box}>
        {newest.map((line) => (
          <li key={line.seq} class={`is-${eventTone(line)} ${line.seq > seq ? 'is-later' : ''}`}>
            <button
              type="button"
              aria-current={line.seq === seq ? 'true' : undefined}
              title={`${dateTime(Date.parse(line.at))} · ${line.type} · then ${line.state}`}
              onClick={() => go(line.seq)}
            >
              <span class="event-seq">{line.seq}</span>
              <time>{clock(Date.parse(line.at))}</time>
              <span class="event-words">
                <Text value={eventWords(line)} />
                <small>
                  <Text value={eventDetail(line)} />
                </small>
              </span>
              <span class="event-state">
                <Text value={line.state} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {lines.length <= shown ? null : (
        <button type="button" class="small more-lines" onClick={() => setShown(shown + 10 * pageSize)}>
          earlier lines
        </button>
      )}
    </Card>
  );
}
