import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A program that is to run all the time. */
export interface SlotOptions {
  readonly name: string;
  /** The program that Node runs, and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it says on stdout once it works. */
  readonly ready: RegExp;
  /** Where its stderr goes. */
  readonly log: string;
}

/** Keeps one program running: starts it again whenever it ends, and tells ends that were asked for from crashes. */
export class Slot {
  readonly #options: SlotOptions;
  #child: ChildProcess | undefined;
  #isReady = false;
  #isClosed = false;
  #isPaused = false;
  #wasKilled = false;
  #restart: NodeJS.Timeout | undefined;
  /** Ends of the process that nobody asked for. */
  readonly crashes: string[] = [];
  starts = 0;
  kills = 0;
  pauses = 0;
  /** Ends before it worked, for a server was down. */
  failedStarts = 0;
  /** The most memory it was seen to use; bytes. */
  peakMemory = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#start();
  }

  get name(): string {
    return this.#options.name;
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isPaused;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** `kill -9`; it is started again at once. `false`: it is paused, or not there. */
  kill(): boolean {
    if (this.#isPaused || !this.#isReady) return false;
    this.#wasKilled = true;
    this.kills += 1;
    return this.#child?.kill('SIGKILL') === true;
  }

  /** Stops it for so many ms, as a machine that hangs; then it goes on as if nothing had been. */
  async pause(duration: number): Promise<void> {
    const child = this.#child;
    if (this.#isPaused || !this.#isReady || child?.kill('SIGSTOP') !== true) return;
    this.#isPaused = true;
    this.pauses += 1;
    await new Promise((resolve) => setTimeout(resolve, duration));
    this.#isPaused = false;
    child.kill('SIGCONT');
  }

  /** Looks how much memory it uses. */
  measure(): void {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid ?? 0}/status`, 'utf8');
      const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
      this.peakMemory = Math.max(this.peakMemory, kilobytes * 1024);
    } catch {
      // It is just not there, or this system has no /proc.
    }
  }

  /** Ends it for good; with `SIGTERM` in order, and it is a crash if it does not. */
  async close(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [code, by] = (await exit) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    if (signal === 'SIGTERM' && code !== 0)
      this.crashes.push(`${this.name}, asked to end, ended with ${String(code ?? by)}`);
  }

  #start(): void {
    const { command, env, ready, log } = this.#options;
    this.#isReady = false;
    this.#wasKilled = false;
    this.starts += 1;
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    // A run that dies must not leave it behind.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    let errors = '';
    child.stdout.on('data', (text: Buffer) => {
      if (ready.test(text.toString())) this.#isReady = true;
    });
    child.stderr.on('data', (text: Buffer) => {
      if (errors.length < 100_000) errors += text.toString();
      appendFileSync(log, text);
    });
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      this.#ended(`${this.name} ended with ${String(code ?? signal)}`, errors);
    });
  }

  #ended(what: string, errors: string): void {
    if (this.#isClosed) return;
    const isUncaught =
      errors.includes('nobody caught') || /node:internal|Unhandled|triggerUncaught/.test(errors);
    if (!this.#wasKilled && (this.#isReady || isUncaught))
      this.crashes.push(`${what}: ${errors.slice(-2_000)}`);
    else if (!this.#wasKilled) this.failedStarts += 1;
    const pause = this.#wasKilled ? 0 : 300;
    this.#isReady = false;
    this.#restart = setTimeout(() => this.#start(), pause);
  }
}
