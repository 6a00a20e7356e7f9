import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { BatchesScreen } from './batches-screen.tsx';
import { DefinitionsScreen } from './definitions-screen.tsx';
import { ErrorsScreen } from './errors-screen.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { isOffline, isTokenWanted } from './http.ts';
import { useKeys } from './keyboard.ts';
import { connection } from './live.ts';
import { ParticipantsScreen } from './participants-screen.tsx';
import { hrefTo, navigate, place } from './route.ts';
import { SagasScreen } from './sagas-screen.tsx';
import { Notice } from './text.tsx';
import { theme, toggleTheme } from './theme.ts';
import { TokenDialog } from './token-dialog.tsx';

const isHelpOpen = signal(false);

const screens = [
  { name: 'sagas', title: 'Sagas', Screen: SagasScreen },
  { name: 'definitions', title: 'Definitions', Screen: DefinitionsScreen },
  { name: 'errors', title: 'Errors', Screen: ErrorsScreen },
  { name: 'participants', title: 'Participants', Screen: ParticipantsScreen },
  { name: 'batches', title: 'Batches', Screen: BatchesScreen },
] as const;

/** The whole page. */
export function App() {
  const [name = 'sagas'] = place.value.path;
  const screen = screens.find((one) => one.name === name);
  const title = screen?.title ?? 'Not found';
  useEffect(() => {
    document.title = `${[place.value.path[1], title].filter(Boolean).join(' · ')} · sagachart`;
  });
  useKeys({
    '?': () => (isHelpOpen.value = true),
    t: toggleTheme,
    ...Object.fromEntries(
      screens.map((one, index) => [String(index + 1), () => navigate(hrefTo([one.name]))]),
    ),
  });
  return (
    <>
      <a class="skip-link" href="#main">
        To the content
      </a>
      <Header current={name} />
      {isOffline.value ? (
        <p class="banner is-offline" role="status">
          The server cannot be reached. What you see is what was known last; it is asked again by itself.
        </p>
      ) : null}
      <main id="main" tabIndex={-1}>
        {screen === undefined ? (
          <Notice kind="empty" title="There is nothing at this address">
            <a href={hrefTo(['sagas'])}>To the sagas</a>
          </Notice>
        ) : (
          <screen.Screen />
        )}
      </main>
      {isHelpOpen.value ? <HelpDialog onClose={() => (isHelpOpen.value = false)} /> : null}
      {isTokenWanted.value ? <TokenDialog /> : null}
    </>
  );
}

function Header({ current }: { readonly current: string }) {
  return (
    <header class="top">
      <a class="brand" href={hrefTo(['sagas'])}>
        <span class="logo" aria-hidden="true">
          ◈
        </span>
        sagachart
      </a>
      <nav aria-label="Screens">
        {screens.map(({ name, title }) => (
          <a key={name} href={hrefTo([name])} aria-current={name === current ? 'page' : undefined}>
            {title}
          </a>
        ))}
        <a href="/openapi.json" target="_blank" rel="noreferrer">
          API
        </a>
      </nav>
      <div class="top-tools">
        <Connection />
        <button
          type="button"
          class="plain"
          onClick={toggleTheme}
          aria-label={theme() === 'dark' ? 'Light colours' : 'Dark colours'}
          title="Light or dark (t)"
        >
          {theme() === 'dark' ? '☀' : '☾'}
        </button>
        <button
          type="button"
          class="plain help"
          onClick={() => (isHelpOpen.value = true)}
          title="Keys (?)"
          aria-label="Help and keys"
        >
          ?
        </button>
      </div>
    </header>
  );
}

function Connection() {
  const words = { live: 'live', connecting: 'connecting', offline: 'offline' }[connection.value];
  return (
    <span class={`connection is-${connection.value}`} role="status">
      {words}
    </span>
  );
}
