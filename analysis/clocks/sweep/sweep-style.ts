/** How the page of a sweep looks: light and dark, narrow and wide, on a screen and on paper. */

const LIGHT = `
  --paper: #ffffff; --ink: #1c2024; --dim: #60666d; --line: #d9dde1; --panel: #f4f6f8;
  --interval: #9cc3ec; --mean: #1d5fa8; --run: #44505c; --clear: #1d5fa8; --shadow: #0003;`;

/** The style sheet. */
export const SWEEP_STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e6e9ec; --dim: #9aa2aa; --line: #343a40; --panel: #1e2226;
    --interval: #2f5d8c; --mean: #8ec2f7; --run: #c3ccd5; --clear: #8ec2f7; --shadow: #fff3;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; } h2::first-letter, th::first-letter { text-transform: uppercase; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: 0; padding: 0; color: var(--dim); font-size: .9rem; } .legend li { display: flex; align-items: center; gap: .3rem; } .legend svg { width: 26px; }
:focus-visible { outline: 3px solid var(--mean); outline-offset: 2px; }
p { max-width: 80ch; margin: .4rem 0; overflow-wrap: anywhere; } header p { color: var(--dim); } header .what { color: var(--ink); font-size: 1.1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { color: var(--dim); font-weight: normal; font-size: .85rem; }
td, th { padding: .25rem 1.25rem .25rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
td:first-child, th:first-child, td:last-child { text-align: left; }
.clear td:nth-child(n + 4) { color: var(--clear); font-weight: 600; }
td:first-child { white-space: normal; min-width: 8rem; } td:first-child, th:first-child { position: sticky; left: 0; background: var(--paper); }
.wide { overflow-x: auto; background: linear-gradient(to left, var(--paper) 40%, transparent) right / 2rem 100% no-repeat local, linear-gradient(to left, var(--shadow), transparent) right / .7rem 100% no-repeat; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .75rem; background: var(--panel); border-radius: 6px; min-width: 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: .4rem; }
summary { cursor: pointer; color: var(--dim); }
svg { display: block; width: 100%; max-width: 34rem; height: auto; font: 11px system-ui, sans-serif; }
svg text { fill: var(--ink); paint-order: stroke; stroke: var(--panel); stroke-width: 4px; stroke-linejoin: round; } svg .value { text-anchor: end; fill: var(--dim); font-variant-numeric: tabular-nums; } svg .axis { fill: var(--dim); font-size: 10px; }
svg .tick { stroke: var(--line); }
svg .interval { stroke: var(--interval); stroke-width: 9; }
svg .mean { stroke: var(--mean); stroke-width: 3; }
svg .run { fill: var(--run); fill-opacity: .65; }
@page { margin: 12mm; }
@media print {
  :root { color-scheme: light; font-size: 10pt; }
  body { font-size: 1rem; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .wide { overflow: visible; background: none; } details::details-content { content-visibility: visible; block-size: auto; } summary { list-style: none; } td, th { padding-right: .75rem; }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
}
`;
