import type { Publication } from './broker-parser.ts';
import { SubjectTree } from './broker-subjects.ts';

/** A connection as the router sees it. */
export interface Recipient {
  /** Whether it gets its own messages. */
  readonly echo: boolean;
  /** Whether it wants to be told that nobody listens. */
  readonly wantsNoResponders: boolean;
  /** Sends a message to one of its subscriptions and counts it; `false`: it is leaving. */
  deliver(subscription: Subscription, message: Publication): boolean;
  /** Sends a message without counting it. */
  send(sid: string, message: Publication): void;
}

/** What a client listens to. */
export interface Subscription {
  readonly client: Recipient;
  /** The client's own name for it. */
  readonly sid: string;
  readonly subject: string;
  /** Of all members of a queue, one gets a message. */
  readonly queue: string | undefined;
  /** How many messages it got. */
  received: number;
  /** After how many messages it ends; 0: never. */
  max: number;
}

const NO_RESPONDERS = Buffer.from('NATS/1.0 503\r\n\r\n');

/** Brings messages to subscriptions. */
export class BrokerRouter {
  readonly #tree = new SubjectTree<Subscription>();

  add(subscription: Subscription): void {
    this.#tree.add(subscription);
  }

  remove(subscription: Subscription): void {
    this.#tree.remove(subscription);
  }

  /** Delivers to every plain subscription and one member of every queue; tells a sender who asked that there was nobody. */
  publish(from: Recipient, message: Publication): void {
    const queues = new Map<string, Subscription[]>();
    let delivered = false;
    for (const subscription of this.#tree.match(message.subject)) {
      if (subscription.client === from && !from.echo) continue;
      if (subscription.queue === undefined)
        delivered = subscription.client.deliver(subscription, message) || delivered;
      else join(queues, subscription.queue, subscription);
    }
    for (const members of queues.values()) delivered = deliverToOne(members, message) || delivered;
    if (!delivered && message.reply !== '' && from.wantsNoResponders) this.#tellNobody(from, message.reply);
  }

  #tellNobody(from: Recipient, reply: string): void {
    const inbox = this.#tree.match(reply).find((subscription) => subscription.client === from);
    if (inbox === undefined) return;
    from.send(inbox.sid, {
      subject: reply,
      reply: '',
      headerSize: NO_RESPONDERS.length,
      payload: NO_RESPONDERS,
    });
  }
}

function join(queues: Map<string, Subscription[]>, queue: string, subscription: Subscription): void {
  const members = queues.get(queue);
  if (members === undefined) queues.set(queue, [subscription]);
  else members.push(subscription);
}

/** A random member; the next ones when it is leaving. */
function deliverToOne(members: readonly Subscription[], message: Publication): boolean {
  const first = Math.floor(Math.random() * members.length);
  for (let offset = 0; offset < members.length; offset += 1) {
    const member = members[(first + offset) % members.length];
    if (member?.client.deliver(member, message)) return true;
  }
  return false;
}
