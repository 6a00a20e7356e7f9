import { useMemo } from 'preact/hooks';
import { toAttempts } from './attempts.ts';
import type { Definition, Line, Saga } from './api.ts';
import { api } from './api.ts';
import { type Moment, toLaneSteps, toMoment } from './moment.ts';
import { isOffline } from './http.ts';
import { navigate, place, withQuery } from './route.ts';
import { SagaAnswers } from './saga-answers.tsx';
import { SagaChartCard } from './saga-chart.tsx';
import { SagaData } from './saga-data.tsx';
import { SagaEvents } from './saga-events.tsx';
import { SagaHead } from './saga-head.tsx';
import { SagaLanes } from './saga-lanes.tsx';
import { SagaTimeline } from './saga-timeline.tsx';
import { StateDetails } from './state-details.tsx';
import { ErrorNotice, Notice } from './text.tsx';
import { TimeSlider } from './time-slider.tsx';
import { type Loaded, useLoad } from './use-load.ts';
import { useSaga } from './use-saga.ts';

/** One saga: where it is, why, what it did, and what can be done. */
export function SagaScreen({ id, isStuck }: { readonly id: string; readonly isStuck: boolean }) {
  const { saga, lines, definition, order, error, reload } = useSaga(id);
  if (saga === undefined || definition === undefined)
    return error === undefined ? (
      <Notice kind="loading" title="Reading the saga …" />
    ) : (
      <ErrorNotice error={error} retry={reload} />
    );
  return (
    <>
      {error === undefined || isOffline.value ? null : <ErrorNotice error={error} retry={reload} />}
      <SagaView
        saga={saga}
        lines={lines}
        definition={definition}
        order={order}
        isStuck={isStuck}
        reload={reload}
      />
    </>
  );
}

interface ViewProps {
  readonly saga: Saga;
  readonly lines: readonly Line[];
  readonly definition: Definition;
  readonly order: readonly string[];
  readonly isStuck: boolean;
  readonly reload: () => void;
}

function SagaView({ saga, lines, definition, order, isStuck, reload }: ViewProps) {
  const last = lines.at(-1)?.seq ?? 1;
  const asked = Number(place.value.query.get('seq') ?? '');
  const isPast = asked >= 1 && asked < last;
  const seq = isPast ? asked : last;
  const selected = place.value.query.get('state') ?? undefined;
  const select = (state: string | undefined) => navigate(withQuery({ state }), { replace: true });
  const steps = useMemo(() => toLaneSteps(definition, order), [definition, order]);
  const shown = useMemo(() => lines.slice(0, seq), [lines, seq]);
  const attempts = useMemo(() => toAttempts(shown, definition), [shown, definition]);
  const { data: moment, error, reload: readMoment } = useMoment(saga.id, lines, seq);
  const chart = useLoad(`${saga.id} ${seq}`, (signal) => api.sagaChart(saga.id, seq, signal), {
    keeps: true,
  });
  if (moment === undefined)
    return error === undefined ? (
      <Notice kind="loading" title="Reading what it knew …" />
    ) : (
      <ErrorNotice error={error} retry={readMoment} />
    );
  const about = { moment, definition, steps, attempts };
  return (
    <article class={`saga is-${moment.status} ${isPast ? 'is-past' : ''}`}>
      <SagaHead saga={saga} moment={moment} isPast={isPast} isStuck={isStuck} reload={reload} />
      <SagaAnswers {...about} saga={saga} isPast={isPast} />
      <TimeSlider lines={lines} seq={seq} isPast={isPast} />
      <SagaLanes {...about} selected={selected} onSelect={select} />
      <SagaChartCard
        drawing={{ id: saga.id, seq: isPast ? seq : undefined, version: last, status: moment.status }}
        selected={selected}
        onSelect={select}
      />
      {selected === undefined ? null : (
        <StateDetails
          state={selected}
          chart={chart.data}
          moment={moment}
          attempts={attempts}
          definition={definition}
          isPast={isPast}
          onClose={() => select(undefined)}
        />
      )}
      <div class="two">
        <SagaTimeline attempts={attempts} moment={moment} isPast={isPast} />
        <SagaEvents lines={lines} seq={seq} />
      </div>
      <SagaData moment={moment} />
    </article>
  );
}

/** What the saga was after a line of its journal; until that is read, what was shown before. */
function useMoment(id: string, lines: readonly Line[], seq: number): Loaded<Moment> {
  const line = lines[seq - 1];
  return useLoad(
    `${id} ${seq}`,
    async (signal) => {
      if (line === undefined) throw new Error('there is no such line');
      return toMoment(line, await api.snapshot(id, seq, signal));
    },
    { keeps: true },
  );
}
