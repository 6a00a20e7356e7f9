import { useEffect } from 'preact/hooks';

/** What the keys do: by `KeyboardEvent.key`. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** Handles keys while a component is there, unless somebody types or a dialog is open. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const handle = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
      const isTaken = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
      if (
        handle === undefined ||
        isTaken ||
        isTyping(event.target) ||
        document.querySelector('dialog[open]') !== null
      )
        return;
      handle(event);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'range';
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  );
}
