/**
 * Whoever looks through the journals of all sagas bit by bit. An orchestrator keeps its place in the store, and lets one
 * node of all look at a time.
 */
export interface JournalWalker {
  /** Names its place in the store. */
  readonly name: string;
  /** From the end of one look to the next; ms. */
  readonly interval: number;
  /**
   * Looks at a bit of the journal after position `after`, and gives the position up to which it looked; 0: it came to the
   * end, and begins anew. When it throws the same bit is looked at again. `isOver`: the node closes, and nobody waits for
   * the rest of it.
   */
  look(after: number, isOver: () => boolean): Promise<number>;
  /** This node no longer looks: another one does. */
  rest(): void;
}
