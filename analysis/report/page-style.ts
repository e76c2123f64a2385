/** The style of the report: light and dark, narrow and wide, on a projector and on paper. */
import { COLOURS, SPACE_TIME_STYLE } from './style.ts';

/** Lines of machines: a colour and a dash for each, and from the ninth on they are thicker. */
const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '4 2', '12 4', '1.5 4', '6 2 1 2 1 2'];
const LINES = DASHES.map((dash, i) => `.s${i} { stroke: var(--m${i}); stroke-dasharray: ${dash}; }`).join(
  ' ',
);

/** The style sheet. */
export const PAGE_STYLE = `${COLOURS}${SPACE_TIME_STYLE}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1500px; margin: 0 auto; padding: 1rem clamp(.6rem, 2vw, 2rem) 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 0; overflow-wrap: anywhere; } h3 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h4 { font-size: 1rem; margin: 0; } p { margin: .15rem 0; max-width: 90ch; overflow-wrap: anywhere; }
a { color: var(--append); } summary { cursor: pointer; color: var(--dim); font-size: .86rem; width: fit-content; } small, .notes, figcaption p, dt { color: var(--dim); font-size: .86rem; }
.run { margin-top: 2rem; } .run > header { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; }
dl { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: .75rem 0; padding: .6rem .9rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
dd { margin: 0; overflow-wrap: anywhere; }
.badge { display: inline-block; justify-self: start; padding: .05rem .6rem; border-radius: 1rem; border: 1.5px solid currentColor; font-weight: 600; font-size: .86rem; white-space: nowrap; }
.badge.holds { color: var(--good); } .badge.violated { color: var(--danger); } .badge.cannot-tell { color: var(--doubt); }
.verdicts { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: .5rem 1.2rem; }
.verdicts > li { display: grid; grid-template-columns: 7.6rem minmax(0, 1fr); gap: .6rem; align-items: start; }
.verdicts > li:has(.cases) { grid-column: 1 / -1; }
.cases { margin: .3rem 0; padding-left: 1.1rem; } pre { margin: .15rem 0; font: .8rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.holes { font-size: .9rem; overflow-wrap: anywhere; }
.pictures { display: grid; gap: .7rem; }
figure { margin: 0; padding: .6rem .8rem .3rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
figure.window, figure:has(.histogram) { margin: .7rem 0; }
figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; margin-bottom: .3rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: 0; padding: 0; font-size: .86rem; }
.legend li { display: flex; align-items: center; gap: .35rem; } .legend.signs { margin-bottom: .6rem; }
.frame { display: grid; grid-template-columns: var(--names) minmax(0, 1fr); padding-right: 14px; }
.frame > svg { display: block; width: 100%; } .frame .axis { grid-column: 2; }
svg text { fill: var(--dim); font-size: 12px; } .names text { text-anchor: end; } .axis { overflow: visible; } .axis text { text-anchor: middle; } .axis .last { text-anchor: end; } .names .unit { text-anchor: middle; font-size: 11px; }
.field { overflow: hidden; background: var(--ground); touch-action: pan-y; user-select: none; } .js .pictures .field { cursor: crosshair; }
.at { overflow: visible; } .span { overflow: hidden; }
.grid { stroke: var(--grid); } .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.t1 { stroke-width: 3.5; } ${LINES} .dots { stroke-width: 5; stroke-dasharray: none; } .dots.t1 { stroke-width: 7; }
.fault-line { stroke-width: 1.4; opacity: .75; } .fault-line.back { stroke: var(--good); } .fault-line.other { stroke: var(--doubt); } .fault-line.violation { stroke-dasharray: none; stroke-width: 2.5; }
.many .fault-line:not(.violation) { opacity: .3; }
.mark rect { fill: var(--ground); } .mark.violation path { stroke-width: 2; }
.fault-name text { fill: var(--ink); font-size: 11.5px; transform: translateX(5px); }
.span.leader text, .span.candidate text { fill: #1c2126; font-weight: 600; font-size: 11.5px; } .span.down text { fill: var(--ink); font-size: 11.5px; }
.band.voter { fill: var(--m0); fill-opacity: .45; } .band.learner { fill: var(--m4); fill-opacity: .4; } .band.joint { fill: var(--m3); fill-opacity: .5; } .band.coming { fill: var(--m2); fill-opacity: .45; } .band.going { fill: var(--m1); fill-opacity: .45; }
.band.removed { fill: var(--down); fill-opacity: .12; } .band.off { fill: var(--down); } .span.member text { fill: var(--ink); font-size: 11.5px; }
.shade { fill: var(--append); } .kept { fill: var(--leader); fill-opacity: .28; stroke: var(--leader); vector-effect: non-scaling-stroke; }
.kept-name.span { overflow: visible; } .kept-name text { fill: var(--ink); font-weight: 700; } .detail.far { display: none; } .field:has(.detail:not(.far)) .activity { opacity: .25; }
.lane-label.end { text-anchor: end; } .lane-label { fill: var(--ink); font-size: 11px; paint-order: stroke; stroke: var(--ground); stroke-width: 3px; }
.crowded { visibility: hidden; } .brush { fill: var(--append); fill-opacity: .25; stroke: var(--append); }
.controls { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; padding: .4rem .6rem; background: var(--ground); border-bottom: 1px solid var(--line); }
.controls[hidden] { display: none; } .controls output { font-weight: 600; min-width: 14.5rem; font-variant-numeric: tabular-nums; }
button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .15rem .6rem; margin-right: .2rem; min-height: 2rem; cursor: pointer; }
button:hover { border-color: var(--append); } button[aria-disabled=true] { opacity: .45; cursor: default; border-color: var(--line); } :focus-visible { outline: 3px solid var(--append); outline-offset: 2px; } .field:focus:not(:focus-visible) { outline: none; }
.wide { --behind: var(--ground); overflow-x: auto; background:
  linear-gradient(to right, var(--behind) 40%, transparent) left / 2rem 100% no-repeat local, linear-gradient(to left, var(--behind) 40%, transparent) right / 2rem 100% no-repeat local,
  linear-gradient(to right, var(--shadow), transparent) left / .7rem 100% no-repeat, linear-gradient(to left, var(--shadow), transparent) right / .7rem 100% no-repeat; }
figure .wide { --behind: var(--paper); } .window .wide { background: none; } .window .wide > div { min-width: 1000px; padding-right: 22px; } .wide .names { position: sticky; left: 0; z-index: 1; background: var(--paper); }
.histogram text { font-size: 11px; } .histogram .value { text-anchor: middle; font-size: 10px; } .histogram .name { text-anchor: end; } .bar { fill: var(--append); }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; } .table { margin: 1.2rem 0; }
th, td { text-align: right; padding: .15rem 1rem .15rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: bottom; } th { color: var(--dim); font-weight: 500; vertical-align: top; } th small { display: block; } .left { text-align: left; }
@media (max-width: 600px) { .verdicts > li { grid-template-columns: minmax(0, 1fr); gap: .1rem; } .frame { grid-template-columns: min(var(--names), 104px) minmax(0, 1fr); padding-right: 4px; } .names text { font-size: 11px; } .names .unit { font-size: 10px; } .controls output { min-width: 100%; } .controls small { display: none; } }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root { font-size: 10pt; } body { font-size: 1rem; -webkit-print-color-adjust: exact; print-color-adjust: exact; } main { max-width: none; padding: 0; }
  .controls { display: none; } .zoomed .controls { display: block; position: static; } .zoomed .controls > :not(output) { display: none; }
  .wide { overflow: visible; background: none; } .window .wide > div { min-width: 0; } .histogram { max-width: 100%; height: auto; }
  figure, .table, .verdicts > li { break-inside: avoid; } h2, h3, h4 { break-after: avoid; } .run + .run { break-before: page; }
  table { font-size: 8.5pt; } details { display: none; }
}
`;
