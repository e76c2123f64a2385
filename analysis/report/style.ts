/**
 * The style of pictures: light and dark, on a screen and on paper. Colours are never the only
 * distinction: there is a shape, a dash or a word too.
 */

/** Colours are Okabe and Ito's, as in the explorer, which colour-blind people can tell apart. */
const LIGHT = `
  --paper: #ffffff; --ground: #f6f5f1; --ink: #1c2126; --dim: #59626b; --line: #d9d6cd; --grid: #ebe8e0;
  --leader: #e69f00; --candidate: #d55e00; --follower: #cfe3f2; --running: #cfe3f2; --down: #8a8f95; --on-band: #1c2126;
  --election: #c35200; --append: #0067a5; --beat: #6d6780; --other: #00805e; --danger: #b3261e; --good: #1f7a3d; --doubt: #8a5a00; --shadow: #0003;
  --m0: #0067a5; --m1: #c35200; --m2: #00805e; --m3: #a64d86; --m4: #8a6d00; --m5: #3d8fc4; --m6: #1c2126; --m7: #59626b;`;
const DARK = `
  --paper: #1f2329; --ground: #16181c; --ink: #e9ebee; --dim: #a3adb8; --line: #3f464f; --grid: #2c323a;
  --leader: #f0b429; --candidate: #ff8a3d; --follower: #2a4e66; --running: #2a4e66; --down: #6c737c; --on-band: #ffffff;
  --election: #ff8a3d; --append: #5db4f0; --beat: #b3adc9; --other: #2fc79b; --danger: #ff8f84; --good: #6cc98a; --doubt: #e0b050; --shadow: #fff3;
  --m0: #5db4f0; --m1: #ff8a3d; --m2: #2fc79b; --m3: #e08fc4; --m4: #e3c64a; --m5: #9fd4f5; --m6: #e9ebee; --m7: #a3adb8;`;

/** The colours by name. Paper is light whatever the screen was. */
export const COLOURS = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
@media print { :root { color-scheme: light; ${LIGHT} --ground: #ffffff; } }
`;

/** Marks of space-time diagrams. Lines keep their width however a picture is stretched. */
export const SPACE_TIME_STYLE = `
.lane { stroke: var(--line); stroke-width: 1.5; fill: none; vector-effect: non-scaling-stroke; }
.f, .e { fill: none; vector-effect: non-scaling-stroke; stroke-linecap: round; }
.f { stroke-width: 1.3; stroke: var(--other); stroke-linecap: butt; }
.f.election { stroke: var(--election); stroke-width: 2; } .f.append { stroke: var(--append); }
.f.beat { stroke: var(--beat); stroke-dasharray: 2 3; } .f.plain { stroke: var(--append); }
.f.answer { opacity: .55; } .f.lost { stroke: var(--danger); stroke-dasharray: 6 4; }
.band { stroke: none; } .band.leader { fill: var(--leader); } .band.candidate { fill: var(--candidate); fill-opacity: .55; }
.band.follower, .band.running { fill: var(--follower); } .band.down { fill: var(--down); fill-opacity: .45; }
.fault-line { stroke: var(--danger); stroke-width: 1.2; stroke-dasharray: 4 3; fill: none; }
.mark path { fill: none; stroke: var(--danger); stroke-width: 2.2; } .mark .fault-line { stroke-width: 1.2; }
.mark.back path { stroke: var(--good); } .mark.other path { stroke: var(--doubt); }
.mark text { font-size: 11px; fill: var(--ink); }
.e { stroke-width: 5; stroke: var(--dim); }
.e.send { stroke: var(--append); stroke-width: 6; } .e.receive { stroke: var(--other); stroke-width: 6; }
.e.role { stroke: var(--leader); stroke-width: 13; } .e.boundary { stroke: var(--ink); stroke-width: 12; stroke-linecap: square; }
.e.client { stroke: var(--m3); stroke-width: 8; } .e.fault { stroke: var(--danger); stroke-width: 10; }
.e.lost { stroke: var(--danger); stroke-width: 7; stroke-linecap: square; }
.e:hover, .f:hover { stroke: var(--ink); opacity: 1; }
`;

/** A space-time diagram in a file of its own. */
export const PICTURE_STYLE = `${COLOURS}${SPACE_TIME_STYLE}
.picture { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
.paper { fill: var(--paper); } text { fill: var(--ink); } .title { font-size: 17px; font-weight: 600; }
.dim, .tick { fill: var(--dim); } .tick { text-anchor: middle; font-size: 11px; } .tick.start { text-anchor: start; }
.end { text-anchor: end; } .node { text-anchor: end; font-weight: 600; } .grid { stroke: var(--grid); fill: none; }
.label { font-size: 10.5px; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.arrows .f:not(.lost) { marker-end: url(#arrow); }
`;
