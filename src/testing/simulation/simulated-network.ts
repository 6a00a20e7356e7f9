import { UnavailableError } from '../../core/errors.ts';
import { commandName } from '../../core/steps.ts';
import type { Abandon, CommandRequest, Reply, Service, Serving, Transport } from '../../core/transport.ts';
import { InProcessTransport } from '../../memory/transport.ts';
import type { Agenda } from './agenda.ts';
import type { Chronicle } from './chronicle.ts';
import type { Faults } from './faults.ts';
import type { ReceivedReply, SentCommand } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** What a network is made of. */
export interface SimulatedNetworkOptions {
  readonly agenda: Agenda;
  readonly random: SeededRandom;
  readonly chronicle: Chronicle;
  /** What goes wrong now. */
  readonly faults: () => Faults;
}

/** Between nodes and participants: messages take time, get lost, arrive twice, or long after anybody waits for them. */
export class SimulatedNetwork {
  readonly options: SimulatedNetworkOptions;
  /** Where participants listen: an in-process transport does the encoding and the sharing. */
  readonly wire = new InProcessTransport();
  readonly #sent: SentCommand[] = [];
  readonly #received: ReceivedReply[] = [];

  constructor(options: SimulatedNetworkOptions) {
    this.options = options;
  }

  /** What nodes sent, in order. */
  get sent(): readonly SentCommand[] {
    return this.#sent;
  }

  /** What nodes were answered, in order. */
  get received(): readonly ReceivedReply[] {
    return this.#received;
  }

  /** One process's end of the network. */
  connect(process: SimulatedProcess): SimulatedConnection {
    return new SimulatedConnection(this, process);
  }

  /** A node hands a command over. */
  recordSent(node: string, request: CommandRequest): SentCommand {
    const { participant, sagaId, step, op, attempt, idempotencyKey, body } = request;
    const line = this.options.chronicle.tell(
      node,
      `asks ${participant} for ${commandName(step, op)} of ${sagaId}, attempt ${attempt}`,
    );
    const generation = Number(idempotencyKey.split(':').at(-2));
    const sent = {
      line,
      node,
      participant,
      sagaId,
      step,
      op,
      generation,
      attempt,
      idempotencyKey,
      original: JSON.stringify(body.original),
    };
    this.#sent.push(sent);
    return sent;
  }

  /** A node gets an answer. */
  recordReceived(command: SentCommand, reply: Reply): void {
    const line = this.options.chronicle.tell(
      command.node,
      `hears of ${commandName(command.step, command.op)} of ${command.sagaId}, attempt ${command.attempt}: ${reply.type}`,
    );
    this.#received.push({ line, command, reply });
  }
}

/** One process's transport. */
export class SimulatedConnection implements Transport {
  readonly #network: SimulatedNetwork;
  readonly #process: SimulatedProcess;
  readonly #pending = new Set<(reply: Reply) => void>();
  readonly #servings = new Set<Serving>();
  #isConnected = true;
  #closing: Promise<void> | undefined;

  /** Use `SimulatedNetwork.connect`. */
  constructor(network: SimulatedNetwork, process: SimulatedProcess) {
    this.#network = network;
    this.#process = process;
  }

  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    const sent = this.#network.recordSent(this.#process.name, request);
    const once = (reply: Reply) => {
      if (!this.#pending.delete(once)) return;
      this.#network.recordReceived(sent, reply);
      settle(reply);
    };
    this.#pending.add(once);
    if (this.isConnected()) this.#send(request, once);
    else this.#process.after(0, () => once(lost('disconnected')));
    return () => void this.#pending.delete(once);
  }

  async serve(service: Service): Promise<Serving> {
    if (this.#closing !== undefined)
      throw new UnavailableError('The transport is closed.', { reason: 'closed' });
    const serving = await this.#network.wire.serve(service);
    this.#servings.add(serving);
    return serving;
  }

  isConnected(): boolean {
    return this.#isConnected && this.#closing === undefined;
  }

  /** Loses the connection for `ms`: nobody will hear the answers that were awaited. */
  cut(ms: number): void {
    this.#isConnected = false;
    this.#process.run(() => this.#loseAll('disconnected'));
    this.#network.options.agenda.after(ms, () => {
      this.#isConnected = true;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    // A turn later, so that nobody is settled inside their own call.
    await Promise.resolve();
    this.#loseAll('closed');
    await Promise.all([...this.#servings].map((serving) => serving.close()));
  }

  #loseAll(code: string): void {
    for (const once of this.#pending) once(lost(code));
  }

  #send(request: CommandRequest, once: (reply: Reply) => void): void {
    const { random, faults } = this.#network.options;
    const { commandDoubled, unreachable } = faults();
    if (random.chance(unreachable)) {
      const reply: Reply = {
        type: 'unreachable',
        error: { code: 'no_responders', message: 'Nobody serves this operation now.' },
      };
      return void this.#process.after(random.between(0.5, 5), () => once(reply), 'message');
    }
    this.#carry(request, once);
    if (random.chance(commandDoubled)) this.#carry(request, once);
  }

  /** One copy of a command to its participant, and what it answers back. */
  #carry(request: CommandRequest, once: (reply: Reply) => void): void {
    const { agenda, random, chronicle, faults } = this.#network.options;
    if (random.chance(faults().commandLost)) return;
    const delay = random.chance(faults().commandLate) ? lateDelay(random) : random.between(0.5, 10);
    const deliver = () => {
      this.#network.wire.request(request, (reply) => {
        chronicle.tell(
          request.participant,
          `answers ${commandName(request.step, request.op)} of ${request.sagaId}, attempt ${request.attempt}: ${reply.type}`,
        );
        this.#carryBack(reply, once);
      });
    };
    agenda.after(delay, deliver, 'message');
  }

  #carryBack(reply: Reply, once: (reply: Reply) => void): void {
    const { random, faults } = this.#network.options;
    const { replyLost, replyLate, replyGarbled } = faults();
    if (random.chance(replyLost)) return;
    const delay = random.chance(replyLate) ? lateDelay(random) : random.between(0.5, 10);
    const arrived = random.chance(replyGarbled) ? garbled : reply;
    this.#process.after(delay, () => once(arrived), 'message');
  }
}

const garbled: Reply = {
  type: 'lost',
  retryable: false,
  error: { code: 'malformed_reply', message: 'The reply is not JSON.' },
};

function lost(code: string): Reply {
  return { type: 'lost', retryable: true, error: { code, message: 'The connection was lost.' } };
}

/** Usually around the usual timeouts, sometimes far past all of them. */
function lateDelay(random: SeededRandom): number {
  return random.chance(0.1) ? random.between(5_000, 60_000) : random.between(200, 6_000);
}
