/** Where a text is stored; it can be read there, and nowhere else. */
export interface PayloadPlace {
  readonly tenant: string;
  /** The saga's id, or the batch's. */
  readonly id: string;
  /** Which text of it: `snapshot`, `data:3` (a line of the journal). */
  readonly field: string;
}

/**
 * Turns what sagas carry into what is stored, and back: encryption, as a rule. Works at once, in this process: keys that
 * live elsewhere are fetched before.
 */
export interface PayloadCodec {
  /** What is stored; anything but JSON, so that it is never taken for what was not encoded: not with `{` in front. */
  encode(text: string, place: PayloadPlace): string;
  /** Throws `UnreadablePayloadError` for a text that this codec did not make for that place. */
  decode(text: string, place: PayloadPlace): string;
}
