/** The style of a history's page: light and dark, narrow and wide, on a screen and on paper. */

/** The style sheet. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2024; --dim: #60666d; --line: #d9dde1; --panel: #f4f6f8;
  --bar: #e3e7eb; --ordered: #cfe3f7; --order: #2f6db5; --core: #c62a2f; --core-fill: #fbe0e0;
  --refused: #c62a2f; --good: #1f7a3d; --doubt: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e6e9ec; --dim: #9aa2aa; --line: #343a40; --panel: #1e2226;
    --bar: #2e343a; --ordered: #1f3a57; --order: #74aee8; --core: #ff7b7f; --core-fill: #4a2226;
    --refused: #ff7b7f; --good: #6cc98a; --doubt: #e0b050;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h2 small { color: var(--dim); font-weight: normal; }
p { max-width: 75ch; overflow-wrap: anywhere; }
.verdict.holds { color: var(--good); } .verdict.violated { color: var(--core); } .verdict.cannot-tell { color: var(--doubt); }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; padding: .75rem 1rem; background: var(--panel); border-radius: 6px; }
dt { color: var(--dim); font-size: .8rem; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th { text-align: left; color: var(--dim); font-weight: normal; font-size: .85rem; }
td, th { padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
td.what, td.who { white-space: normal; overflow-wrap: anywhere; } td.what { min-width: min(14rem, 45vw); } td.who { min-width: 2.5rem; } .dim { color: var(--dim); }
.wide { overflow-x: auto; } .chart { display: flex; width: max-content; } .clients { position: sticky; left: 0; background: var(--paper); flex: none; } .sheets { display: none; }
:focus-visible { outline: 3px solid var(--order); outline-offset: 2px; } .axis { color: var(--dim); font-size: .85rem; margin: .5rem 0; }
/* No rule for what is drawn names the svg around it: on paper parts of it are used elsewhere. */
svg { display: block; font: 11px ui-monospace, monospace; }
text { fill: var(--ink); } .client { fill: var(--dim); }
.line { stroke: var(--line); }
rect { fill: var(--bar); stroke: none; }
.ordered rect { fill: var(--ordered); }
.open rect { stroke: var(--dim); stroke-dasharray: 3 3; }
.core rect { fill: var(--core-fill); stroke: var(--core); stroke-width: 2; stroke-dasharray: none; }
.core.open rect { stroke-dasharray: 5 3; }
.refused text { fill: var(--refused); font-weight: bold; }
.order path { fill: none; stroke: var(--order); stroke-width: 1; opacity: .55; }
.order circle { fill: var(--order); }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1rem; color: var(--dim); font-size: .85rem; max-width: none; }
.legend span { padding: 0 .5rem; border-radius: 3px; color: var(--ink); background: var(--bar); }
.legend .core { background: var(--core-fill); outline: 2px solid var(--core); }
.legend .refused { background: none; padding: 0; color: var(--refused); font-weight: bold; }
.legend .ordered { background: var(--ordered); }
.legend .open { background: none; outline: 1px dashed var(--dim); }
@page { size: landscape; margin: 12mm; }
@media print {
  :root {
    --paper: #ffffff; --ink: #000000; --dim: #444444; --line: #bbbbbb; --panel: #ffffff;
    --bar: #eeeeee; --ordered: #dce9f6; --order: #2f6db5; --core: #b00020; --core-fill: #fbe0e0; --refused: #b00020;
    --good: #1f7a3d; --doubt: #8a5a00;
  }
  :root { color-scheme: light; font-size: 11pt; } body { font-size: 1rem; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .wide { overflow: visible; } .chart:has(+ .sheets) { height: 0; overflow: hidden; }
  .sheets { display: block; } .sheet { display: flex; break-inside: avoid; margin-bottom: 6mm; }
  section:not(:has(.sheets)) { break-inside: avoid; } h2 { break-after: avoid; }
}
`;
