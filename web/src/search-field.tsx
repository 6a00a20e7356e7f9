import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from './keyboard.ts';
import { hrefTo, navigate } from './route.ts';
import { filterNames, parseQuery } from './saga-query.ts';

/** The query, as it is typed; Enter shows what matches. It stands in the address, too. */
export function SearchField({ text }: { readonly text: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState(text);
  useEffect(() => setValue(text), [text]);
  useKeys({
    '/': (event) => {
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    },
  });
  const { unknown } = parseQuery(value);
  const show = (query: string) => navigate(hrefTo(['sagas'], { q: query.trim() }));
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        show(value);
        input.current?.blur();
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label="Find sagas"
        placeholder="name:order status:failed since:1h"
        list="filter-names"
        spellcheck={false}
        autocomplete="off"
        value={value}
        onInput={(event) => {
          setValue(event.currentTarget.value);
          // The cross of the field empties it without sending it.
          if (event.currentTarget.value === '' && text !== '') show('');
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          setValue(text);
          input.current?.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      <datalist id="filter-names">
        {Object.keys(filterNames).map((name) => (
          <option key={name} value={`${value.replace(/\S*$/, '')}${name}:`} />
        ))}
      </datalist>
      {unknown.length === 0 ? null : (
        <p class="search-note" role="status">
          Not a filter: {unknown.join(' ')}
        </p>
      )}
    </form>
  );
}
