import { effect, signal } from '@preact/signals';

type Theme = 'light' | 'dark';

const storageKey = 'sagachart.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** What was chosen; `undefined`: as the system has it. */
const chosen = signal(read());
const systemTheme = signal<Theme>(system.matches ? 'dark' : 'light');

/** The theme now. */
export function theme(): Theme {
  return chosen.value ?? systemTheme.value;
}

/** Sets the page's theme, and follows the system's and the reader's choice. */
export function applyTheme(): void {
  system.addEventListener('change', () => (systemTheme.value = system.matches ? 'dark' : 'light'));
  effect(() => {
    document.documentElement.dataset['theme'] = theme();
  });
}

/** The other one, from now on. */
export function toggleTheme(): void {
  const next = theme() === 'dark' ? 'light' : 'dark';
  chosen.value = next === systemTheme.value ? undefined : next;
  if (chosen.value === undefined) localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, chosen.value);
}

function read(): Theme | undefined {
  const kept = localStorage.getItem(storageKey);
  return kept === 'light' || kept === 'dark' ? kept : undefined;
}
