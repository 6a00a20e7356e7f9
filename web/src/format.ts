/** A duration as people say it: `250 ms`, `2.1 s`, `10 min`, `3 h`, `2 d`. Given in ms. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  // What is rounded up to the next unit is said in that: no `60 s`.
  if (size < 59_500) return `${Math.round(ms / 1_000)} s`;
  if (size < 3_570_000) return `${Math.round(ms / 60_000)} min`;
  if (size < 86_400_000) return `${Number((ms / 3_600_000).toFixed(1))} h`;
  return `${Number((ms / 86_400_000).toFixed(1))} d`;
}

/** How long ago, without fractions: `now`, `4 s`, `3 min`. Times in ms since the epoch. */
export function ago(at: number, now: number): string {
  const past = now - at;
  if (past < 1_000) return 'now';
  return past < 60_000 ? `${Math.floor(past / 1_000)} s` : duration(past);
}

/** The time of day to the ms: `14:02:11.372`. */
export function clock(at: number): string {
  const time = new Date(at);
  const two = (part: number) => String(part).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}

/** Day and time for people: `21 Nov 2026, 14:02:11`. */
export function dateTime(at: number): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/** A number with its thousands apart: `4 102`. */
export function count(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', '\u202f');
}

/** A share between 0 and 1: `97.3 %`; `null`: nothing to share. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${Number((share * 100).toFixed(1))} %`;
}

/** `1 saga`, `2 sagas`. */
export function many(number: number, word: string): string {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}

/** A list as people write it: `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** Text from anywhere, so that nothing in it stays unseen or reorders what is around it: controls are written out. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (sign) => {
      return `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
    },
  );
}
