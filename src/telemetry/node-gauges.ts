import type { AlertSink } from '../core/alert.ts';
import type { Census } from '../core/census.ts';
import type { MetricSet } from './metric-set.ts';

/** What an orchestrator says of itself, as far as gauges show it; an `Orchestrator` is one. */
export interface GaugeSource {
  health(): {
    readonly isReady: boolean;
    readonly store: 'ok' | 'failing';
    readonly transport: 'ok' | 'disconnected';
    readonly lease: 'held' | 'lapsed';
  };
  metrics(): { readonly active: number; readonly commit: { readonly waiting: number } };
  load(): {
    readonly lanes: readonly {
      readonly participant: string;
      readonly underWay: number;
      readonly forward: number;
      readonly backward: number;
    }[];
    readonly census: (Census & { readonly at: number }) | undefined;
    readonly alerts: readonly {
      readonly sink: AlertSink['name'];
      readonly accepted: number;
      readonly refused: number;
      readonly retries: number;
      readonly isFailing: boolean;
    }[];
  };
  upkeep(): {
    readonly relay: { readonly isDriving: boolean; readonly lagSeconds: number | undefined } | undefined;
  };
  readonly definitions: readonly { readonly name: string; readonly version: number }[];
}

/** Definitions of the database that have series of their own; they may be other programs'. */
const mostDefinitions = 200;

/** Sets the gauges to how things are now. `now`: ms since the epoch. */
export function setGauges(set: MetricSet, source: GaugeSource, now: number): void {
  setNode(set, source);
  setLoad(set, source);
  setCensus(set, source, now);
}

function setNode(set: MetricSet, source: GaugeSource): void {
  const { isReady, store, transport, lease } = source.health();
  const { active, commit } = source.metrics();
  const { relay } = source.upkeep();
  set.ready.set(Number(isReady));
  set.storeFailing.set(Number(store === 'failing'));
  set.transportUp.set(Number(transport === 'ok'));
  set.leaseHeld.set(Number(lease === 'held'));
  set.driven.set(active);
  set.commitWaiting.set(commit.waiting);
  set.relayDriving.set(Number(relay?.isDriving === true));
  // Another node knows: where it is not known there is no series.
  set.relayLag.remove();
  if (relay?.lagSeconds !== undefined) set.relayLag.set(relay.lagSeconds);
}

function setLoad(set: MetricSet, source: GaugeSource): void {
  const { lanes, alerts } = source.load();
  // Counted where alerts are sent; shown as they stand there.
  set.alerts.reset();
  for (const { participant, underWay, forward, backward } of lanes) {
    set.commandsUnderWay.set({ participant }, underWay);
    set.commandsWaiting.set({ participant, direction: 'forward' }, forward);
    set.commandsWaiting.set({ participant, direction: 'backward' }, backward);
  }
  for (const { sink, accepted, refused, retries, isFailing } of alerts) {
    set.alerts.inc({ sink, outcome: 'accepted' }, accepted);
    set.alerts.inc({ sink, outcome: 'refused' }, refused);
    set.alerts.inc({ sink, outcome: 'retried' }, retries);
    set.alertFailing.set({ sink }, Number(isFailing));
  }
}

function setCensus(set: MetricSet, source: GaugeSource, now: number): void {
  const { census } = source.load();
  for (const gauge of [set.active, set.parked, set.stuck, set.unrunnable, set.foreign]) gauge.reset();
  set.censusAge.remove();
  for (const { name: saga } of source.definitions) setZeros(set, saga);
  if (census === undefined) return;
  set.censusAge.set(Math.max(0, now - census.at) / 1_000);
  const known = source.definitions;
  for (const { name: saga, version, isRunnable, counts } of census.definitions.slice(0, mostDefinitions)) {
    const { running = 0, compensating = 0, failed = 0 } = counts;
    const open = running + compensating + failed;
    const labels = { saga, version: String(version) };
    set.active.inc({ saga, status: 'running' }, running);
    set.active.inc({ saga, status: 'compensating' }, compensating);
    set.parked.inc({ saga }, failed);
    if (!isRunnable) set.unrunnable.set(labels, open);
    if (!known.some((one) => one.name === saga && one.version === version)) set.foreign.set(labels, open);
  }
  for (const { definition } of census.stuck) set.stuck.inc({ saga: definition.name });
}

/** What is 0 must say so: an alert on a series that is not there is silent. */
function setZeros(set: MetricSet, saga: string): void {
  set.active.set({ saga, status: 'running' }, 0);
  set.active.set({ saga, status: 'compensating' }, 0);
  set.parked.set({ saga }, 0);
  set.stuck.set({ saga }, 0);
}
