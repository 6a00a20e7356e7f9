import { useState } from 'preact/hooks';
import { visible } from './format.ts';

/** The longest text that is shown without asking; characters. */
const most = 20_000;

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Any JSON as text, coloured; a very long one is cut off until somebody wants all of it. */
export function JsonView({ value, label }: { readonly value: unknown; readonly label?: string }) {
  const [isWhole, setWhole] = useState(false);
  const text = visible(JSON.stringify(value, null, 2) ?? 'null');
  const shown = isWhole ? text : text.slice(0, most);
  return (
    <div class="json">
      <button type="button" class="small copy-json" onClick={() => void navigator.clipboard?.writeText(text)}>
        copy
      </button>
      <pre tabIndex={0} aria-label={label ?? 'JSON'}>
        {coloured(shown)}
      </pre>
      {shown.length === text.length ? null : (
        <button type="button" class="small" onClick={() => setWhole(true)}>
          all {Math.round(text.length / 1_000)} kB
        </button>
      )}
    </div>
  );
}

function coloured(text: string) {
  // Colours cost elements: a text that is longer than anybody reads goes without.
  if (text.length > most) return text;
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    const [whole, quoted, colon, word] = match;
    parts.push(text.slice(from, match.index));
    const look =
      quoted === undefined ? (word === undefined ? 'number' : 'word') : colon === undefined ? 'text' : 'key';
    parts.push(<span class={`json-${look}`}>{whole}</span>);
    from = match.index + whole.length;
  }
  return [...parts, text.slice(from)];
}
