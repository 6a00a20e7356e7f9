/** A subscription as far as matching is concerned. */
export interface Subscribed {
  /** May hold the wildcards `*` (one token) and `>` (one or more, at the end). */
  readonly subject: string;
}

interface Node<S> {
  readonly literals: Map<string, Node<S>>;
  /** What follows `*`. */
  any: Node<S> | undefined;
  /** Those that end here. */
  readonly ending: Set<S>;
  /** Those that end with `>` here. */
  readonly rest: Set<S>;
}

/** Says whether a subject may be subscribed to: no empty tokens, `>` only at the end. */
export function isSubscribable(subject: string): boolean {
  const tokens = subject.split('.');
  return tokens.every((token, index) => token !== '' && (token !== '>' || index === tokens.length - 1));
}

/** Says whether a subject names exactly one place: no empty tokens, no wildcards. */
export function isLiteral(subject: string): boolean {
  return subject.split('.').every((token) => token !== '' && token !== '*' && token !== '>');
}

/** Subscriptions by subject; finding those of a message takes time by its tokens, not by their number. */
export class SubjectTree<S extends Subscribed> {
  readonly #root: Node<S> = createNode();

  add(subscription: S): void {
    let node = this.#root;
    for (const token of subscription.subject.split('.')) {
      if (token === '>') {
        node.rest.add(subscription);
        return;
      }
      node = descend(node, token);
    }
    node.ending.add(subscription);
  }

  remove(subscription: S): void {
    removeFrom(this.#root, subscription, subscription.subject.split('.'), 0);
  }

  /** The subscriptions that a message on `subject` reaches; none when it has empty tokens. */
  match(subject: string): readonly S[] {
    const tokens = subject.split('.');
    const found: S[] = [];
    if (!tokens.includes('')) collect(this.#root, tokens, 0, found);
    return found;
  }
}

function createNode<S>(): Node<S> {
  return { literals: new Map(), any: undefined, ending: new Set(), rest: new Set() };
}

function descend<S>(node: Node<S>, token: string): Node<S> {
  if (token === '*') {
    node.any ??= createNode();
    return node.any;
  }
  const existing = node.literals.get(token);
  if (existing !== undefined) return existing;
  const created = createNode<S>();
  node.literals.set(token, created);
  return created;
}

function collect<S>(node: Node<S>, tokens: readonly string[], index: number, found: S[]): void {
  const token = tokens[index];
  if (token === undefined) {
    for (const subscription of node.ending) found.push(subscription);
    return;
  }
  for (const subscription of node.rest) found.push(subscription);
  const next = node.literals.get(token);
  if (next !== undefined) collect(next, tokens, index + 1, found);
  if (node.any !== undefined) collect(node.any, tokens, index + 1, found);
}

/** Empty nodes go too: reply inboxes come and go by the thousand. */
function removeFrom<S>(node: Node<S>, subscription: S, tokens: readonly string[], index: number): void {
  const token = tokens[index];
  if (token === undefined) {
    node.ending.delete(subscription);
    return;
  }
  if (token === '>') {
    node.rest.delete(subscription);
    return;
  }
  const next = token === '*' ? node.any : node.literals.get(token);
  if (next === undefined) return;
  removeFrom(next, subscription, tokens, index + 1);
  if (!isEmpty(next)) return;
  if (token === '*') node.any = undefined;
  else node.literals.delete(token);
}

function isEmpty<S>(node: Node<S>): boolean {
  return node.literals.size === 0 && node.any === undefined && node.ending.size === 0 && node.rest.size === 0;
}
