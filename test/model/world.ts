/** How large a world is. */
export interface WorldSize {
  readonly nodes: number;
  readonly steps: number;
  readonly commands: number;
  /** The most idempotency keys that one step's action may have. */
  readonly generations: number;
  /** The most attempts of one command. */
  readonly attempts: number;
}

/** What may happen only so often, and how often still. */
export const budgetNames = [
  'takeovers',
  'crashes',
  'cancels',
  'persons',
  'engineParks',
  'polls',
  'doubleWrites',
] as const;

/** What may happen only so often. */
export type BudgetName = (typeof budgetNames)[number];

/** What a node does with one command: nothing, or it was told to send it, or awaits the answer, or knows the end already. */
export const handling = { none: 0, unsent: 1, awaited: 2, withdrawn: 3, presumedFailed: 4 } as const;

/** A message to a participant: which attempt of what, and who awaits the answer. */
export interface Message {
  readonly command: number;
  readonly generation: number;
  readonly attempt: number;
  readonly node: number;
}

const head = 8 + budgetNames.length;
const resentBit = 8;
const echoBit = 4;
const nobody = 0xff;

/**
 * A state of everything: the saga's stored row, the nodes' memories, the messages under way, the participants' barriers
 * and effects. One byte or two for each, so that millions of states can be kept and compared.
 */
export class World {
  readonly size: WorldSize;
  readonly bytes: Uint8Array;
  /** What went wrong on the way to this state; no part of the state. */
  broken: string | undefined;
  readonly #nodeSize: number;
  readonly #messages: number;
  readonly #barriers: number;
  readonly #effects: number;

  constructor(size: WorldSize) {
    this.size = size;
    this.#nodeSize = 5 + 2 * size.commands;
    this.#messages = head + size.nodes * this.#nodeSize;
    this.#barriers = this.#messages + size.commands * size.generations * size.attempts * size.nodes;
    this.#effects = this.#barriers + size.steps * size.generations;
    this.bytes = new Uint8Array(this.#effects + size.steps * size.generations);
    this.holder = nobody;
    this.#set(3, nobody);
  }

  load(bytes: Uint8Array): void {
    this.bytes.set(bytes);
    this.broken = undefined;
  }

  /** The state as it is now, with what went wrong. */
  copy(): World {
    const copy = new World(this.size);
    copy.load(this.bytes);
    copy.broken = this.broken;
    return copy;
  }

  /** Something happened that must not. The first is kept. */
  fail(what: string): void {
    this.broken ??= what;
  }

  /** The number of the stored row. */
  get row(): number {
    return this.#word(0);
  }
  set row(row: number) {
    this.#setWord(0, row);
  }

  /** The node that took the saga over last: the one whose epoch is the row's. */
  get holder(): number {
    return this.#byte(2);
  }
  set holder(node: number) {
    this.#set(2, node);
  }

  /** A cancel was accepted; stays. */
  get isCancelled(): boolean {
    return this.#byte(4) === 1;
  }
  cancelAccepted(): void {
    this.#set(4, 1);
  }

  /** The saga's deadline has passed. */
  get isLate(): boolean {
    return this.#byte(5) === 1;
  }
  deadlinePassed(): void {
    this.#set(5, 1);
  }

  /** A write that is on its way to the database a second time: whose it is, and the row. */
  get secondWrite(): { readonly node: number; readonly row: number } | undefined {
    return this.#byte(3) === nobody ? undefined : { node: this.#byte(3), row: this.#word(6) };
  }
  set secondWrite(write: { readonly node: number; readonly row: number } | undefined) {
    this.#set(3, write?.node ?? nobody);
    this.#setWord(6, write?.row ?? 0);
  }

  budget(name: BudgetName): number {
    return this.#byte(8 + budgetNames.indexOf(name));
  }
  setBudget(name: BudgetName, times: number): void {
    this.#set(8 + budgetNames.indexOf(name), times);
  }
  /** 255 is as often as one likes. */
  spend(name: BudgetName): void {
    const left = this.budget(name);
    if (left !== 0xff) this.setBudget(name, left - 1);
  }

  /** The row as a node has it in memory; `undefined`: it drives nothing. */
  memory(node: number): number | undefined {
    const memory = this.#word(this.#node(node));
    return memory === 0 ? undefined : memory - 1;
  }
  remember(node: number, row: number): void {
    this.#setWord(this.#node(node), row + 1);
    this.setFresh(node, true);
  }
  forget(node: number): void {
    this.bytes.fill(0, this.#node(node), this.#node(node) + this.#nodeSize);
  }

  /** Whether nobody has written since the node read or wrote the row: its version is the row's. */
  isFresh(node: number): boolean {
    return this.#byte(this.#node(node) + 2) === 1;
  }
  setFresh(node: number, isFresh: boolean): void {
    this.#set(this.#node(node) + 2, isFresh ? 1 : 0);
  }

  /** The row that a node has decided on and not written yet. */
  pending(node: number): number | undefined {
    const pending = this.#word(this.#node(node) + 3);
    return pending === 0 ? undefined : pending - 1;
  }
  setPending(node: number, row: number | undefined): void {
    this.#setWord(this.#node(node) + 3, row === undefined ? 0 : row + 1);
  }

  /** What the node does with a command. */
  handling(node: number, command: number): number {
    return this.#byte(this.#node(node) + 5 + command) & 7;
  }
  isResent(node: number, command: number): boolean {
    return (this.#byte(this.#node(node) + 5 + command) & resentBit) !== 0;
  }
  handle(node: number, command: number, as: number, isResent = this.isResent(node, command)): void {
    this.#set(this.#node(node) + 5 + command, as === handling.none ? 0 : as | (isResent ? resentBit : 0));
  }

  /** Replies to a command that are under way to the node, as bits. */
  replies(node: number, command: number): number {
    return this.#byte(this.#node(node) + 5 + this.size.commands + command);
  }
  setReplies(node: number, command: number, bits: number): void {
    this.#set(this.#node(node) + 5 + this.size.commands + command, bits);
  }

  /** Copies of a message that were not delivered yet. */
  copies(slot: number): number {
    return this.#byte(this.#messages + slot) & 3;
  }
  setCopies(slot: number, copies: number): void {
    this.#set(this.#messages + slot, (this.#byte(this.#messages + slot) & echoBit) | Math.min(2, copies));
  }
  /** Whether a message was delivered before and may be again. */
  hasEcho(slot: number): boolean {
    return (this.#byte(this.#messages + slot) & echoBit) !== 0;
  }
  setEcho(slot: number): void {
    this.#set(this.#messages + slot, this.#byte(this.#messages + slot) | echoBit);
  }
  /** Whether any attempt of a command, by anybody, was not delivered yet. */
  isUnderWay(command: number): boolean {
    const perCommand = this.slots / this.size.commands;
    for (let slot = command * perCommand; slot < (command + 1) * perCommand; slot += 1)
      if (this.copies(slot) > 0) return true;
    return false;
  }
  /** Nothing of the message is under way any more. */
  drop(slot: number): void {
    this.#set(this.#messages + slot, 0);
  }
  get slots(): number {
    return this.#barriers - this.#messages;
  }
  slotOf({ command, generation, attempt, node }: Message): number {
    const { generations, attempts, nodes } = this.size;
    if (generation > generations || attempt > attempts)
      throw new Error(`attempt ${attempt} of generation ${generation} is more than the world was made for`);
    return ((command * generations + generation - 1) * attempts + attempt - 1) * nodes + node;
  }
  messageIn(slot: number): Message {
    const { generations, attempts, nodes } = this.size;
    const node = slot % nodes;
    const attempt = Math.floor(slot / nodes) % attempts;
    const rest = Math.floor(slot / nodes / attempts);
    return {
      command: Math.floor(rest / generations),
      generation: (rest % generations) + 1,
      attempt: attempt + 1,
      node,
    };
  }

  /** What the participant's barrier remembers of a step's key; its meaning is the participant's. */
  barrier(step: number, generation: number): number {
    return this.#byte(this.#barriers + step * this.size.generations + generation - 1);
  }
  setBarrier(step: number, generation: number, memory: number): void {
    this.#set(this.#barriers + step * this.size.generations + generation - 1, memory);
  }

  /** How often a step's action had an effect, over all keys or under one. */
  done(step: number, generation?: number): number {
    return this.#sum(step, generation, 0);
  }
  /** How often a step's effect was undone, over all keys or under one. */
  undone(step: number, generation?: number): number {
    return this.#sum(step, generation, 4);
  }
  addDone(step: number, generation: number): void {
    this.#addEffect(step, generation, 1);
  }
  addUndone(step: number, generation: number): void {
    this.#addEffect(step, generation, 16);
  }

  #addEffect(step: number, generation: number, unit: number): void {
    const index = this.#effects + step * this.size.generations + generation - 1;
    this.#set(index, this.#byte(index) + unit);
  }

  #sum(step: number, generation: number | undefined, shift: number): number {
    const first = this.#effects + step * this.size.generations;
    if (generation !== undefined) return (this.#byte(first + generation - 1) >> shift) & 15;
    let sum = 0;
    for (let index = 0; index < this.size.generations; index += 1)
      sum += (this.#byte(first + index) >> shift) & 15;
    return sum;
  }

  #node(node: number): number {
    return head + node * this.#nodeSize;
  }
  #byte(index: number): number {
    return this.bytes[index] as number;
  }
  #set(index: number, value: number): void {
    this.bytes[index] = value;
  }
  #word(index: number): number {
    return this.#byte(index) | (this.#byte(index + 1) << 8);
  }
  #setWord(index: number, value: number): void {
    if (value > 0xffff) throw new Error('more rows than a world can name');
    this.#set(index, value & 0xff);
    this.#set(index + 1, value >> 8);
  }
}
