import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.ts';
import { activeIn, fetchDrawing, neighbour, statesOf, toElements } from './drawing.ts';
import { navigate, place, withQuery } from './route.ts';
import { showAround } from './show-around.ts';
import { Card, ErrorNotice, Notice } from './text.tsx';
import { theme } from './theme.ts';
import { useLoad } from './use-load.ts';

interface Props {
  /** Where a view of the chart is drawn. */
  readonly addressOf: (view: string) => string;
  /** Changes whenever the drawing does. */
  readonly version: string | number;
  readonly name: string;
  readonly selected: string | undefined;
  readonly onSelect: (state: string) => void;
}

/** A statechart that can be looked at closely: folded or whole, fitted or in full size, state by state. */
export function ChartCard({ addressOf, version, name, selected, onSelect }: Props) {
  const view = place.value.query.get('view') === 'full' ? 'full' : 'overview';
  const [isFitted, setFitted] = useState(true);
  const address = addressOf(view);
  const { data, error, reload } = useLoad(
    `${address} ${version}`,
    async (signal) => ({ view, text: await fetchDrawing(address, version, signal) }),
    { keeps: true },
  );
  const setView = (next: string) =>
    navigate(withQuery({ view: next === 'full' ? next : undefined }), { replace: true });
  const tools = (
    <>
      <Choice label="View" options={['overview', 'full']} value={view} onChange={setView} />
      <Choice
        label="Size"
        options={['fit', '100 %']}
        value={isFitted ? 'fit' : '100 %'}
        onChange={(size) => setFitted(size === 'fit')}
      />
      <button
        type="button"
        class="small"
        disabled={data === undefined}
        onClick={() =>
          void api.drawing(address.replace('&part=chart', '')).then((whole) => save(whole, name))
        }
      >
        SVG
      </button>
    </>
  );
  return (
    <Card title="Statechart" tools={tools} class="chart-card">
      {data === undefined ? (
        error === undefined ? (
          <Notice kind="loading" title="Drawing …" />
        ) : (
          <ErrorNotice error={error} retry={reload} />
        )
      ) : (
        <Drawing
          key={`${data.view} ${String(isFitted)}`}
          text={data.text}
          look={isFitted ? `is-fitted is-${data.view}` : ''}
          selected={selected}
          onSelect={onSelect}
        />
      )}
    </Card>
  );
}

function Choice(props: {
  readonly label: string;
  readonly options: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <div class="choice" role="group" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === props.value}
          onClick={() => props.onChange(option)}
        >
          {option}
        </button>
      ))}
    </div>
  );
}

interface DrawingProps extends Pick<Props, 'selected' | 'onSelect'> {
  readonly text: string;
  readonly look: string;
}

function Drawing({ text, look, selected, onSelect }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>();
  useEffect(() => {
    const focused = box.current?.contains(document.activeElement) === true ? document.activeElement : null;
    const drawn = toElements(text);
    svg.current = drawn;
    if (drawn === undefined || box.current === null) return;
    box.current.replaceChildren(drawn);
    // A chart that moves on under the reader's hands does not lose the place.
    const id = focused?.getAttribute('data-state');
    if (id !== null && id !== undefined)
      focus(
        drawn,
        statesOf(drawn).find((state) => state.dataset['state'] === id),
      );
  }, [text]);
  useEffect(() => {
    const active = svg.current === undefined ? undefined : activeIn(svg.current);
    if (active !== undefined && box.current !== null) showAround(box.current, active);
  }, []);
  useEffect(() => {
    for (const state of svg.current === undefined ? [] : statesOf(svg.current)) {
      const isSelected = state.dataset['state'] === selected;
      state.classList.toggle('is-selected', isSelected);
      state.setAttribute('aria-selected', String(isSelected));
    }
  }, [text, selected]);
  return (
    <div
      ref={box}
      class={`drawing ${look}`}
      onClick={(event) => {
        const state = stateAt(event.target);
        if (state !== undefined) onSelect(state.dataset['state'] ?? '');
      }}
      onKeyDown={(event) => {
        const state = stateAt(event.target);
        if (state === undefined || svg.current === undefined) return;
        const next = neighbour(svg.current, state, event.key);
        if (event.key === 'Enter' || event.key === ' ') onSelect(state.dataset['state'] ?? '');
        else if (next !== undefined) focus(svg.current, next);
        else if (!event.key.startsWith('Arrow')) return;
        // Where there is nothing further the keys still are the chart's, not time's.
        event.preventDefault();
      }}
    />
  );
}

function stateAt(target: EventTarget | null): SVGGElement | undefined {
  return (target as Element | null)?.closest<SVGGElement>('g.state[data-state]') ?? undefined;
}

/** Only one state is in the order of Tab: the one last visited. */
function focus(svg: SVGSVGElement, state: SVGGElement | undefined): void {
  if (state === undefined) return;
  for (const other of statesOf(svg)) other.setAttribute('tabindex', other === state ? '0' : '-1');
  state.focus();
}

/** As a file: with its own style, in the colours that are seen. */
function save(text: string, name: string): void {
  const url = URL.createObjectURL(
    new Blob([text.replace('<svg ', `<svg data-theme="${theme()}" `)], { type: 'image/svg+xml' }),
  );
  const link = Object.assign(document.createElement('a'), { href: url, download: `${name}.svg` });
  link.click();
  URL.revokeObjectURL(url);
}
