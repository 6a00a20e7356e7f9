import { useMemo, useState } from 'preact/hooks';
import { toAttempts } from './attempts.ts';
import type { Definition, Line, Saga } from './api.ts';
import { api } from './api.ts';
import { type Moment, toLaneSteps, toMoment } from './moment.ts';
import { place } from './route.ts';
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
import { useLoad } from './use-load.ts';
import { useSaga } from './use-saga.ts';

/** One saga: where it is, why, what it did, and what can be done. */
export function SagaScreen({ id }: { readonly id: string }) {
  const { saga, lines, definition, order, error, reload } = useSaga(id);
  if (saga === undefined || definition === undefined)
    return error === undefined ? (
      <Notice kind="loading" title="Reading the saga …" />
    ) : (
      <ErrorNotice error={error} retry={reload} />
    );
  return <SagaView saga={saga} lines={lines} definition={definition} order={order} reload={reload} />;
}

interface ViewProps {
  readonly saga: Saga;
  readonly lines: readonly Line[];
  readonly definition: Definition;
  readonly order: readonly string[];
  readonly reload: () => void;
}

function SagaView({ saga, lines, definition, order, reload }: ViewProps) {
  const last = lines.at(-1)?.seq ?? 1;
  const asked = Number(place.value.query.get('seq') ?? '');
  const isPast = asked >= 1 && asked < last;
  const seq = isPast ? asked : last;
  const [selected, setSelected] = useState<string>();
  const steps = useMemo(() => toLaneSteps(definition, order), [definition, order]);
  const shown = useMemo(() => lines.slice(0, seq), [lines, seq]);
  const attempts = useMemo(() => toAttempts(shown, definition), [shown, definition]);
  const moment = useMoment(saga.id, lines, seq);
  const chart = useLoad(`${saga.id} ${seq}`, (signal) => api.sagaChart(saga.id, seq, signal), {
    keeps: true,
  });
  if (moment === undefined) return <Notice kind="loading" title="Reading what it knew …" />;
  const about = { moment, definition, steps, attempts };
  return (
    <article class={`saga is-${moment.status} ${isPast ? 'is-past' : ''}`}>
      <SagaHead saga={saga} moment={moment} isPast={isPast} reload={reload} />
      <SagaAnswers {...about} saga={saga} isPast={isPast} />
      <TimeSlider lines={lines} seq={seq} isPast={isPast} />
      <SagaLanes {...about} selected={selected} onSelect={setSelected} />
      <SagaChartCard
        drawing={{ id: saga.id, seq: isPast ? seq : undefined, version: last, status: moment.status }}
        selected={selected}
        onSelect={setSelected}
      />
      {selected === undefined ? null : (
        <StateDetails
          state={selected}
          chart={chart.data}
          moment={moment}
          attempts={attempts}
          definition={definition}
          onClose={() => setSelected(undefined)}
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
function useMoment(id: string, lines: readonly Line[], seq: number): Moment | undefined {
  const line = lines[seq - 1];
  const { data } = useLoad(
    `${id} ${seq}`,
    async (signal) => {
      if (line === undefined) throw new Error('there is no such line');
      return toMoment(line, await api.snapshot(id, seq, signal));
    },
    { keeps: true },
  );
  return data;
}
