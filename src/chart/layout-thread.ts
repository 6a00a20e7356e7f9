import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { ElkNode } from 'elkjs';

/** What the thread runs: as text, so that it needs no file that a bundler or a TypeScript loader would have to find. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const ELK = require(workerData.elk);
new ELK().layout(workerData.graph).then(
  (laidOut) => parentPort.postMessage({ laidOut }),
  (error) => parentPort.postMessage({ error: String(error) }),
);`;

/**
 * Lays a graph out with ELK, in a thread of its own that ends with it: a large chart takes a second of CPU, in which
 * the process's sagas would stand still. Throws when ELK finds the graph unsound.
 */
export function layOut(graph: ElkNode): Promise<ElkNode> {
  const elk = createRequire(import.meta.url).resolve('elkjs');
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, { eval: true, workerData: { elk, graph }, execArgv: [] });
    thread.once('message', ({ laidOut, error }: { readonly laidOut?: ElkNode; readonly error?: string }) => {
      if (laidOut === undefined) reject(new Error(`the chart cannot be laid out: ${error ?? ''}`));
      else resolve(laidOut);
    });
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the layout's thread ended with ${code}`)));
  });
}
