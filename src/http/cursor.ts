import type { SagaCursor } from '../core/store.ts';

/** The end of the year 9999; past it a store may know no time. */
const latest = 253_402_300_799_999;

const shape = /^(\d{1,15})\.([A-Za-z0-9_-]{1,128})$/;

/** A position in a list as an opaque text, for `?cursor=`. */
export function toCursorText({ createdAt, id }: SagaCursor): string {
  return Buffer.from(`${createdAt}.${id}`).toString('base64url');
}

/** The position behind a text that `toCursorText` made; `undefined` for any other text. */
export function parseCursor(text: string): SagaCursor | undefined {
  const [, createdAt, id] = shape.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (id === undefined || Number(createdAt) > latest) return undefined;
  return { createdAt: Number(createdAt), id };
}
