import { sagaDrawing } from './api.ts';
import { ChartCard } from './chart-card.tsx';

interface Props {
  readonly drawing: {
    readonly id: string;
    /** `undefined`: as it is now. */
    readonly seq: number | undefined;
    /** The saga's version now. */
    readonly version: number;
    readonly status: string;
  };
  readonly selected: string | undefined;
  readonly onSelect: (state: string) => void;
}

/** The chart with the saga's way through it. */
export function SagaChartCard({ drawing, selected, onSelect }: Props) {
  const { id, seq, version } = drawing;
  return (
    <ChartCard
      name={id}
      addressOf={(view) => sagaDrawing(id, seq, view)}
      version={seq ?? version}
      selected={selected}
      onSelect={onSelect}
    />
  );
}
