/** A chart's colours: light, dark. A page changes one by giving `--sagachart-<name>` another value. */
const colours: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  canvas: ['#ffffff', '#0f141c'],
  surface: ['#ffffff', '#182130'],
  frame: ['#f6f8fb', '#131a26'],
  line: ['#d3dae5', '#334056'],
  arrow: ['#a3aec0', '#51607a'],
  text: ['#182230', '#e4eaf4'],
  muted: ['#5b677b', '#94a2ba'],
  run: ['#2563eb', '#6ea8fe'],
  'run-tint': ['#e6efff', '#162a4d'],
  done: ['#15803d', '#4ade80'],
  'done-tint': ['#e9f9ef', '#10291b'],
  undo: ['#b45309', '#fbbf24'],
  'undo-tint': ['#fff5dc', '#33260b'],
  fail: ['#c02626', '#f87171'],
  'fail-tint': ['#ffecec', '#3a1719'],
  sign: ['#ffffff', '#0f141c'],
};

const declared = (theme: 0 | 1): string =>
  Object.entries(colours)
    .map(([name, pair]) => `--${name}:var(--sagachart-${name},${pair[theme]})`)
    .join(';');

const rules = `
.sagachart{font-family:var(--sagachart-font,Inter,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif);--now:var(--run);--now-tint:var(--run-tint)}
.sagachart text{fill:var(--text);font-size:10.5px}
.sagachart .canvas{fill:var(--canvas)}
.sagachart.is-compensating,.sagachart.is-compensated{--now:var(--undo);--now-tint:var(--undo-tint)}
.sagachart.is-completed{--now:var(--done);--now-tint:var(--done-tint)}
.sagachart.is-failed,.sagachart.is-abandoned{--now:var(--fail);--now-tint:var(--fail-tint)}
.sagachart .name{font-size:17px;font-weight:700}
.sagachart .about{font-size:12px;fill:var(--muted)}
.sagachart .why{fill:var(--now)}
.sagachart .pill rect{fill:var(--now-tint);stroke:var(--now)}
.sagachart .pill text,.sagachart .badge text{text-anchor:middle}
.sagachart .pill text{fill:var(--now);font-size:11.5px;font-weight:700}
.sagachart .box{fill:var(--surface);stroke:var(--line);stroke-width:1.3}
.sagachart .frame>.box{fill:var(--frame)}
.sagachart .inner{fill:none;stroke:var(--line)}
.sagachart .halo{fill:none;stroke:none}
.sagachart .title{font-size:13px;font-weight:700}
.sagachart .operation{font-size:11px;fill:var(--muted)}
.sagachart .detail,.sagachart .internal,.sagachart .hint{fill:var(--muted)}
.sagachart .sign circle{fill:none;stroke:var(--arrow);stroke-width:1.4}
.sagachart .sign path{fill:none;stroke:var(--sign);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.sagachart.is-plain .state>.sign{display:none}
.sagachart.is-plain .state>text{transform:translateX(-20px)}
.sagachart.is-plain .idle>.title{fill:var(--text)}
.sagachart .badge rect{fill:none;stroke:var(--arrow)}
.sagachart .badge text{fill:var(--muted);font-size:9.5px;font-weight:700}
.sagachart .badge path,.sagachart .clock{fill:none;stroke:var(--muted);stroke-width:1.3;stroke-linecap:round;stroke-linejoin:round}
.sagachart .clock{stroke:var(--now)}
.sagachart .clock circle{fill:var(--surface)}
.sagachart .is-pivot .badge rect{fill:var(--text);stroke:var(--text)}
.sagachart .is-pivot .badge text{fill:var(--surface)}
.sagachart .idle>.title{fill:var(--muted)}
.sagachart .possible>.box{stroke:var(--now);stroke-dasharray:5 3}
.sagachart .possible>.sign circle{stroke:var(--now)}
.sagachart .skipped>.box{stroke-dasharray:2 3}
.sagachart .skipped>.title{fill:var(--muted)}
.sagachart .done>.box,.sagachart .done>.inner{stroke:var(--done)}
.sagachart .done:not(.frame)>.box{fill:var(--done-tint)}
.sagachart .done>.sign circle{fill:var(--done);stroke:var(--done)}
.sagachart .undone>.box,.sagachart .undone>.inner{stroke:var(--undo)}
.sagachart .undone:not(.frame)>.box{fill:var(--undo-tint)}
.sagachart .undone>.sign circle{fill:var(--undo);stroke:var(--undo)}
.sagachart .failed>.box{stroke:var(--fail)}
.sagachart .failed:not(.frame)>.box,.sagachart .failed.is-step>.box{fill:var(--fail-tint)}
.sagachart .failed>.sign circle{fill:var(--fail);stroke:var(--fail)}
.sagachart .failed>.detail{fill:var(--fail)}
.sagachart .active>.box,.sagachart .active>.inner{stroke:var(--now);stroke-width:2}
.sagachart .active:not(.frame)>.box{fill:var(--now-tint)}
.sagachart .active:not(.frame)>.halo{stroke:var(--now);stroke-width:7;opacity:.2}
.sagachart .active>.sign circle{stroke:var(--now);stroke-width:2}
.sagachart .active>.sign .dot{fill:var(--now);stroke:none}
.sagachart .active>.detail{fill:var(--now)}
.sagachart .line{fill:none;stroke:var(--arrow);stroke-width:1.3}
.sagachart .head{fill:var(--arrow)}
.sagachart .after .line{stroke-dasharray:6 4}
.sagachart .always .line{stroke-dasharray:2 4;stroke-linecap:round}
.sagachart .label text{fill:var(--muted);text-anchor:middle}
.sagachart .taken .line{stroke:var(--text);stroke-width:1.6}
.sagachart .taken .head{fill:var(--text)}
.sagachart .taken .label text{fill:var(--text)}
.sagachart .last .line{stroke:var(--now);stroke-width:2.6}
.sagachart .last .head{fill:var(--now)}
.sagachart .last .label text{fill:var(--now);font-weight:700}
.sagachart .open .line{stroke:var(--now)}
.sagachart .open .head{fill:var(--now)}
.sagachart .open .label text{fill:var(--now)}
.sagachart .initial{fill:var(--muted)}
.sagachart .initial .line{stroke:var(--muted)}
.sagachart .initial .head{fill:var(--muted)}
.sagachart .legend text{fill:var(--muted)}
`;

/**
 * A chart's style sheet: the same text in every chart, so that a page's policy can allow it by its hash. It follows
 * the reader's colour scheme, unless the chart or something around it has a `data-theme` of `light` or `dark`.
 */
export const chartStyle = [
  `.sagachart{${declared(0)}}`,
  `@media(prefers-color-scheme:dark){.sagachart{${declared(1)}}}`,
  `[data-theme=light] .sagachart,.sagachart[data-theme=light]{${declared(0)}}`,
  `[data-theme=dark] .sagachart,.sagachart[data-theme=dark]{${declared(1)}}`,
  rules.trim(),
].join('\n');
