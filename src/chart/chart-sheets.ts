import type { ElkNode } from 'elkjs';
import { toLayout } from './chart-layout.ts';
import { type ChartSheet, type ChartSource, toUnlaidSheet } from './chart-sheet.ts';
import type { ChartView } from './chart-view.ts';
import { layOut } from './layout-thread.ts';

/** How sheets are made and kept. */
export interface ChartSheetsOptions {
  /** The most sheets that are kept; the one that was not asked for longest goes first. Default 64. */
  readonly capacity?: number;
  /** Lays out one graph; ELK in a thread of its own when left out. */
  readonly layOut?: (graph: ElkNode) => Promise<ElkNode>;
}

/** The charts of definitions, each laid out once: what differs between its sagas is drawn without ELK. */
export class ChartSheets {
  readonly #capacity: number;
  readonly #layOut: (graph: ElkNode) => Promise<ElkNode>;
  /** Oldest use first. A definition's machine is always the same object. */
  readonly #sheets = new Map<string, { readonly machine: unknown; readonly sheet: Promise<ChartSheet> }>();
  /** One layout at a time: each takes a whole core. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ChartSheetsOptions = {}) {
    this.#capacity = options.capacity ?? 64;
    this.#layOut = options.layOut ?? layOut;
  }

  /** A definition's chart, laid out. Throws when it cannot be; the next call tries again. */
  get(source: ChartSource, view: ChartView): Promise<ChartSheet> {
    const key = `${source.ref.name} ${source.ref.version} ${source.ref.hash} ${view}`;
    const known = this.#sheets.get(key);
    // Equal structure says nothing of operations and descriptions, which are drawn, too.
    const sheet =
      known !== undefined && known.machine === source.machine ? known.sheet : this.#make(source, view);
    this.#sheets.delete(key);
    this.#sheets.set(key, { machine: source.machine, sheet });
    sheet.catch(() => this.#forget(key, sheet));
    const [oldest] = this.#sheets.keys();
    if (this.#sheets.size > this.#capacity && oldest !== undefined) this.#sheets.delete(oldest);
    return sheet;
  }

  async #make(source: ChartSource, view: ChartView): Promise<ChartSheet> {
    const { sheet, elk } = toUnlaidSheet(source, view);
    const laidOut = this.#last.then(() => this.#layOut(elk));
    this.#last = laidOut.catch(() => {});
    return { ...sheet, layout: toLayout(sheet.chart, sheet.labels, await laidOut) };
  }

  #forget(key: string, sheet: Promise<ChartSheet>): void {
    if (this.#sheets.get(key)?.sheet === sheet) this.#sheets.delete(key);
  }
}
