/** Who belonged to the cluster when, and as what: a lane a machine, and the failure tolerance. */
import type { HeldConfiguration, Tolerance } from '../measures/members.ts';
import { escapeHtml } from '../output/html.ts';
import { frame, layer, spanLabel, type View } from './frame.ts';
import type { LanesPlot } from './lanes-plot.ts';
import type { Line } from './line-plot.ts';
import type { RoleSpan } from './roles.ts';
import { coordinate } from './scale.ts';

const UNITS = 10_000;
const LANE = 26;
const BAND = 18;
/** The strip of a machine that is off, at the bottom of its band. */
const STRIP = 4;

/** What a machine is: `coming` and `going` vote in one half of a joint configuration only. */
type Membership = 'voter' | 'joint' | 'coming' | 'going' | 'learner' | 'removed';

/** A machine that is the same for some time, in microseconds since the run's first event. */
interface Span extends View {
  readonly node: string;
  readonly what: Membership;
  /** What stands in the band. */
  readonly words: string;
}

const WORDS: Readonly<Record<Membership, string>> = {
  voter: 'voter',
  joint: 'joint',
  coming: 'coming in',
  going: 'going out',
  learner: 'learner',
  removed: 'removed',
};

/** The lanes as a picture, and which bands they have; undefined if members never changed. */
export function membersPlot(
  held: readonly HeldConfiguration[],
  off: readonly RoleSpan[],
  { nodes, view, marks }: Omit<LanesPlot, 'intervalUs'>,
): { readonly picture: string; readonly bands: readonly string[] } | undefined {
  if (held.length === 0) return undefined;
  const spans = nodes.flatMap((node) => spansOf(node, held));
  const unitUs = Math.max(1, view.toUs - view.fromUs) / UNITS;
  const height = nodes.length * LANE;
  const top = (node: string) => nodes.indexOf(node) * LANE + (LANE - BAND) / 2;
  const rect = (kind: string, { fromUs, toUs }: View, y: number, tall: number, title: string) => {
    const [x, end] = [(fromUs - view.fromUs) / unitUs, (toUs - view.fromUs) / unitUs];
    return `<rect class="band ${kind}" x="${coordinate(x)}" y="${y}" width="${coordinate(Math.max(0.2, end - x))}" height="${tall}"><title>${escapeHtml(title)}</title></rect>`;
  };
  const bands = spans.map((span) =>
    rect(span.what, span, top(span.node), BAND, `${span.node}: ${span.words}`),
  );
  const strips = off
    .filter(({ node }) => nodes.includes(node))
    .map((span) => rect('off', span, top(span.node) + BAND - STRIP, STRIP, `${span.node}: off`));
  const labels = spans.map((span) => spanLabel(view, span, top(span.node) + 13, span.words, 'member'));
  const picture = frame({
    view,
    height,
    label: describe(held),
    side: nodes.map((text, i) => ({ y: (i + 0.5) * LANE, text })),
    inside:
      layer({ view, fromUs: view.fromUs, unitUs, height }, bands.join('') + strips.join('')) +
      labels.join(''),
    marks,
  });
  return { picture, bands: [...spans.map(({ what }) => what), ...(strips.length > 0 ? ['off'] : [])] };
}

/** What a machine was in one configuration after the other; before it was added, nothing. */
function spansOf(node: string, held: readonly HeldConfiguration[]): Span[] {
  const spans: Span[] = [];
  let hasBeen = false;
  for (const configuration of held) {
    const what = membership(node, configuration) ?? (hasBeen ? 'removed' : undefined);
    if (what === undefined) continue;
    hasBeen = true;
    const isWanted = what === 'learner' && configuration.wanted.split(' ').includes(node);
    const words = isWanted ? 'learner, to vote' : WORDS[what];
    const last = spans.at(-1);
    if (last?.words === words && last.toUs === configuration.fromUs) spans.pop();
    const fromUs =
      last?.words === words && last.toUs === configuration.fromUs ? last.fromUs : configuration.fromUs;
    spans.push({ node, what, words, fromUs, toUs: configuration.toUs });
  }
  return spans;
}

function membership(
  node: string,
  { voters, outgoing, learners }: HeldConfiguration,
): Exclude<Membership, 'removed'> | undefined {
  const isIn = (text: string | null) => text?.split(' ').includes(node) ?? false;
  if (isIn(voters)) return outgoing === null ? 'voter' : isIn(outgoing) ? 'joint' : 'coming';
  if (isIn(outgoing)) return 'going';
  return isIn(learners) ? 'learner' : undefined;
}

/** All of it in words, for readers who do not see the picture. */
function describe(held: readonly HeldConfiguration[]): string {
  const all = held.map(({ index, voters, outgoing, learners }) => {
    const joint = outgoing === null ? '' : ` together with ${outgoing}`;
    return `entry ${index}: voters ${voters}${joint}${learners === '' ? '' : `, learners ${learners}`}`;
  });
  return `Who belonged to the cluster when, a line a machine. ${all.join('; ')}`;
}

/** The failure tolerance as a line of steps. */
export function toleranceLine(rows: readonly Tolerance[], endUs: number): Line {
  const points = rows.flatMap(({ atUs, mayFail }, i) => {
    const before = rows[i - 1];
    const step = before === undefined ? [] : [[atUs, before.mayFail] as const];
    return [...step, [atUs, mayFail] as const];
  });
  const last = rows.at(-1);
  return { name: 'may fail', points: last === undefined ? [] : [...points, [endUs, last.mayFail] as const] };
}
