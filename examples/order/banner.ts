import type { Saga } from 'sagachart';
import { goodOrder } from './samples.ts';
import type { Demo } from './start-demo.ts';

/** What to tell people once everything runs. */
export function toBanner({ url, places }: Pick<Demo, 'url' | 'places'>, samples: readonly Saga[]): string {
  const body = JSON.stringify(goodOrder);
  return `
  sagachart demo: the order saga with its four participants (process ${process.pid})

    Page  ${url}/ui/
    API   ${places.api}
    NATS  ${places.nats}
    Data  ${places.data}
${toSampleLines(samples)}
  Try:
    curl -s ${url}/api/v1/orders -H 'content-type: application/json' \\
      -d '${body}'
    curl -s ${url}/v1/sagas                           all sagas
    curl -s ${url}/api/v1/sagas/<saga_id>             one, as an order service shows it
    curl -s '${url}/demo/ledger?sagaId=<saga_id>'     what the participants did
    curl -s ${url}/demo/faults -H 'content-type: application/json' \\
      -d '{"participant":"payment","operation":"charge","mode":"timeout"}'
    curl -s -X DELETE ${url}/demo/faults              all goes well again

  Orders are refused for productId "out-of-stock", paymentMethod "card-declined" and country "XX".
  kill -9 ${process.pid} and start again: everything goes on. Ctrl-C ends it in order.
  Real servers: DATABASE_URL=postgres://… NATS_URL=nats://… npm run demo
`;
}

function toSampleLines(samples: readonly Saga[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map((saga) => `    ${saga.id.padEnd(24)}${saga.status.padEnd(14)}${reasonOf(saga)}`);
  return `\n  The first run started these:\n${lines.join('\n')}\n`;
}

function reasonOf({ parked, causedBy }: Saga): string {
  const cause = causedBy?.error === undefined ? '' : causedBy.error.message;
  return parked === null ? cause : `${cause}; ${parked.command}: ${parked.error?.message ?? parked.why}`;
}
