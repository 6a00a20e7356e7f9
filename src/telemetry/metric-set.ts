import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Every metric of an engine. */
export type MetricSet = ReturnType<typeof createMetricSet>;

/** Seconds; an attempt of a command. */
const stepBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Seconds; a whole saga, which may wait for days. */
const sagaBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800];
/** Seconds; one statement. */
const commitBuckets = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];

/**
 * Makes the metrics and puts them into a registry. Labels hold names from definitions and words of our own, never ids: how many series there
 * are depends on how many definitions there are, not on how many sagas.
 */
export function createMetricSet(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    { labelNames, buckets }: { readonly labelNames: readonly Label[]; readonly buckets: readonly number[] },
  ) => new Histogram({ name, help, labelNames, buckets: [...buckets], registers });
  return {
    ...eventMetrics({ counter, histogram }),
    ...nodeGauges(gauge),
    ...sagaGauges(gauge),
    alerts: counter('saga_alerts_total', 'Alerts of parked and stuck sagas', ['sink', 'outcome']),
    alertFailing: gauge('saga_alerts_failing', 'Whether the last try to send an alert failed', ['sink']),
    nonconformant: gauge(
      'saga_nonconformant',
      'Sagas that were found not to be what their journals make of them',
      ['saga'],
    ),
    conformanceChecked: counter(
      'saga_conformance_checked_total',
      'Stored sagas that this node held against their journals',
      [],
    ),
  };
}

interface Makers {
  readonly counter: <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ) => Counter<Label>;
  readonly histogram: <Label extends string>(
    name: string,
    help: string,
    options: { readonly labelNames: readonly Label[]; readonly buckets: readonly number[] },
  ) => Histogram<Label>;
}

/** What is counted when it happens, on the node where it happens: sum over nodes. */
function eventMetrics({ counter, histogram }: Makers) {
  return {
    started: counter('saga_started_total', 'Sagas started', ['saga']),
    settled: counter('saga_settled_total', 'Sagas closed or parked; a parked one may settle again', [
      'saga',
      'status',
      'cause',
    ]),
    duration: histogram('saga_duration_seconds', 'From start until closed or parked', {
      labelNames: ['saga', 'status'],
      buckets: sagaBuckets,
    }),
    steps: histogram('saga_step_duration_seconds', 'One attempt of a command, from sending to its end', {
      labelNames: ['saga', 'step', 'op', 'outcome'],
      buckets: stepBuckets,
    }),
    retries: counter('saga_step_retries_total', 'Commands sent once more', ['saga', 'step', 'op']),
    compensations: counter('saga_compensations_total', 'Sagas that turned back', ['saga', 'cause']),
    interventions: counter('saga_interventions_total', 'What people did to sagas', ['saga', 'action']),
    refused: counter('saga_starts_refused_total', 'Starts refused before anything was written', ['reason']),
    claims: counter('saga_claims_total', 'Sagas taken over, because they were due or their node died', [
      'saga',
    ]),
    leaseRenewals: counter('saga_lease_renewals_total', 'Renewals of the node’s lease', ['outcome']),
    batchSize: histogram('saga_commit_batch_size', 'Sagas in one statement', {
      labelNames: [],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
    }),
    commits: histogram(
      'saga_commit_duration_seconds',
      'From sending a statement until its outcome is certain',
      {
        labelNames: [],
        buckets: commitBuckets,
      },
    ),
  };
}

/** What this node is and has to do: per node. */
function nodeGauges(
  gauge: <Label extends string>(name: string, help: string, labels: readonly Label[]) => Gauge<Label>,
) {
  return {
    ready: gauge('saga_node_ready', 'Whether this node can do its work', []),
    storeFailing: gauge('saga_store_failing', 'Whether the last statement had no certain outcome', []),
    transportUp: gauge('saga_transport_connected', 'Whether commands can be sent', []),
    leaseHeld: gauge('saga_lease_held', 'Whether this node may drive sagas', []),
    driven: gauge('saga_driven', 'Sagas in this node’s memory', []),
    commitWaiting: gauge('saga_commit_waiting', 'Moves that wait for a statement', []),
    commandsUnderWay: gauge('saga_commands_in_flight', 'Commands sent and not answered', ['participant']),
    commandsWaiting: gauge('saga_commands_waiting', 'Commands that wait to be sent: back-pressure', [
      'participant',
      'direction',
    ]),
    relayDriving: gauge('saga_relay_driving', 'Whether this node publishes events', []),
    relayLag: gauge('saga_relay_lag_seconds', 'Age of the oldest journal line that is not published', []),
  };
}

/** What the database says of all sagas: every node tells the same, so take the maximum over nodes. */
function sagaGauges(
  gauge: <Label extends string>(name: string, help: string, labels: readonly Label[]) => Gauge<Label>,
) {
  return {
    active: gauge('saga_active', 'Sagas that are neither closed nor parked', ['saga', 'status']),
    parked: gauge('saga_parked', 'Sagas that wait for a person', ['saga']),
    stuck: gauge('saga_stuck', 'Sagas that should move and do not', ['saga']),
    unrunnable: gauge('saga_unrunnable', 'Open sagas whose definition no living node has', [
      'saga',
      'version',
    ]),
    foreign: gauge('saga_foreign', 'Open sagas whose definition this node lacks', ['saga', 'version']),
    censusAge: gauge('saga_census_age_seconds', 'How old the figures about all sagas are', []),
  };
}
