import { signal } from '@preact/signals';

/** The time, for what shows how long ago something was; once a second, ms since the epoch. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
