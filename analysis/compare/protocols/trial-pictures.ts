/**
 * One trial of each protocol in pictures: who led when, the faults, and what clients waited for.
 */
import type { EventRecord } from '../../../vm/index.ts';
import type { CampaignCluster } from '../../campaign/cluster.ts';
import { escapeHtml } from '../../output/html.ts';
import { faultSigns, frame, layer, type View } from '../../report/frame.ts';
import { rolesPlot } from '../../report/lanes-plot.ts';
import { signLegend } from '../../report/legend.ts';
import { type FaultRow, type Mark, marksOf } from '../../report/marks.ts';
import type { RoleSpan } from '../../report/roles.ts';
import { coordinate } from '../../report/scale.ts';
import { stateClass } from '../../report/space-time.ts';
import { IN_TIME_US } from './costs.ts';
import { drawTrial, STORM_FROM_US, STORM_TO_US, type TrialSettings } from './draw-trial.ts';
import { runTrial, type TrialRun } from './run-trial.ts';
import type { Subject } from './subject.ts';
import type { Served } from './trial-client.ts';

/** The pictures of a trial, one a protocol. */
export interface TrialPictures {
  readonly seed: number;
  /** Signs of faults, once for all: they hit all alike. */
  readonly faults: string;
  readonly protocols: readonly {
    readonly name: string;
    readonly picture: string;
    readonly legend: string;
    /** What it broke, in words. */
    readonly broken: readonly string[];
  }[];
}

/** Faults within so long are one mark. */
const MARK_US = 100_000;
/** How long before the storm and after it the pictures go. */
const BEFORE_US = 500_000;
const AFTER_US = 1_500_000;
/** How long a replica must lead for that to be said in words. */
const WORDS_FROM_US = 800_000;
const FAULTS_HEIGHT = 30;
const CLIENT_LANE = 18;
const CLIENT_BAR = 11;
const UNITS = 10_000;

/** Runs the trial of the seed with every protocol, and draws it. */
export function drawTrials(
  subjects: readonly Subject[],
  seed: number,
  settings: TrialSettings,
): TrialPictures {
  const trial = drawTrial(seed, settings);
  const nodes = trial.plan.machines.map(({ id }) => id);
  const told = subjects.map((subject) => {
    const spans = new Spans(subject.leaderRole);
    const rows: EventRecord[] = [];
    const run = runTrial(subject, trial, {
      event: (record) => void (record.event === 'fault' && rows.push(record)),
      slice: (cluster) => spans.look(cluster),
    });
    return { name: subject.name, run, spans: spans.end(run.endUs), rows };
  });
  const endUs = Math.max(...told.map(({ run }) => Math.min(run.endUs, STORM_TO_US + AFTER_US)));
  const view = { fromUs: STORM_FROM_US - BEFORE_US, toUs: endUs };
  const marks = marksIn(told[0]!.rows, view);
  const label = `Faults: ${marks.map(({ text }) => text).join('; ')}`;
  return {
    seed,
    faults:
      marks.length === 0
        ? ''
        : `<figure><figcaption><h4>Faults</h4><p>The same for all. A line goes through all pictures.</p>${signLegend(
            marks.map(({ shape }) => shape),
            [],
          )}</figcaption>${frame({ view, height: FAULTS_HEIGHT, label, side: [], inside: faultSigns(marks, view), marks: [] })}</figure>`,
    protocols: told.map(({ name, run, spans }) => {
      const shown = spans.filter(({ fromUs, toUs }) => toUs > view.fromUs && fromUs < view.toUs);
      const roles = rolesPlot(
        shown,
        { nodes, view, marks },
        `${name}: who led when, a line a replica`,
        WORDS_FROM_US,
      );
      return {
        name,
        picture: roles + clientsPlot(name, run.served, view, marks),
        legend: signLegend(
          [],
          shown.map(({ state }) => stateClass(state)),
        ),
        broken: brokenIn(run),
      };
    }),
  };
}

function brokenIn({ findings }: TrialRun): string[] {
  return Object.values(findings).flatMap((finding) =>
    finding.outcome === 'broken' ? [finding.message.split('\n', 1)[0]!.replace(/:$/, '')] : [],
  );
}

function marksIn(rows: readonly EventRecord[], view: View): Mark[] {
  const inside = rows.filter(({ timeUs }) => timeUs > STORM_FROM_US && timeUs <= view.toUs);
  const place = ({ timeUs }: EventRecord) => Math.floor(timeUs / MARK_US);
  return marksOf(
    inside.map((row): FaultRow => {
      const { timeUs, kind, detail } = row;
      const count = inside.filter((other) => place(other) === place(row)).length;
      return { atUs: timeUs, place: place(row), kind: kind ?? 'fault', detail: detail ?? null, count };
    }),
  );
}

/** Which state each replica had when, looked at slice by slice. */
class Spans {
  readonly #leaderRole: string | undefined;
  readonly #done: RoleSpan[] = [];
  readonly #open = new Map<string, RoleSpan>();

  constructor(leaderRole: string | undefined) {
    this.#leaderRole = leaderRole;
  }

  look(cluster: CampaignCluster): void {
    for (const node of cluster.nodes) {
      const { state, term } = this.#stateOf(cluster, node);
      const open = this.#open.get(node);
      if (open?.state === state && open.term === term) continue;
      if (open !== undefined) this.#done.push({ ...open, toUs: cluster.now });
      this.#open.set(node, { node, state, term, fromUs: cluster.now, toUs: cluster.now });
    }
  }

  end(toUs: number): readonly RoleSpan[] {
    return [...this.#done, ...[...this.#open.values()].map((span) => ({ ...span, toUs }))];
  }

  /** A replica that hangs is as good as off. */
  #stateOf(cluster: CampaignCluster, node: string): { readonly state: string; readonly term: number | null } {
    if (cluster.status(node) !== 'up') return { state: 'down', term: null };
    if (this.#leaderRole === undefined) return { state: 'running', term: null };
    const { role, term } = cluster.view(node);
    return { state: role === this.#leaderRole ? 'leader' : role, term: term === 0 ? null : term };
  }
}

/** A lane a client, with a bar for each request from when it was wanted to its answer. */
function clientsPlot(name: string, served: readonly Served[], view: View, marks: readonly Mark[]): string {
  const clients = [...new Set(served.map(({ client }) => client))];
  const unitUs = (view.toUs - view.fromUs) / UNITS;
  const height = clients.length * CLIENT_LANE + 4;
  const bars = served.flatMap((one) => {
    const { client, wish, answeredUs, endedUs } = one;
    const end = endedUs ?? view.toUs;
    if (end < view.fromUs || wish.dueUs > view.toUs) return [];
    const x = (Math.max(view.fromUs, wish.dueUs) - view.fromUs) / unitUs;
    const width = Math.max(8, (Math.min(end, view.toUs) - Math.max(view.fromUs, wish.dueUs)) / unitUs);
    const y = clients.indexOf(client) * CLIENT_LANE + (CLIENT_LANE - CLIENT_BAR) / 2 + 2;
    const kind =
      answeredUs === undefined
        ? 'unanswered'
        : isLate(one)
          ? 'late'
          : wish.type === 'read'
            ? 'read'
            : 'change';
    const took =
      answeredUs === undefined ? 'no answer' : `${((answeredUs - wish.dueUs) / 1000).toFixed(1)} ms`;
    return `<rect class="band ${kind}" x="${coordinate(x)}" y="${y}" width="${coordinate(width)}" height="${CLIENT_BAR}"><title>${escapeHtml(`${client}: ${wish.type} ${wish.key}, ${took}`)}</title></rect>`;
  });
  return frame({
    view,
    height,
    label: `${name}: what clients waited for`,
    side: clients.map((client, i) => ({ y: (i + 0.5) * CLIENT_LANE + 2, text: `client ${client}` })),
    inside: layer({ view, fromUs: view.fromUs, unitUs, height }, bars.join('')),
    marks,
  });
}

function isLate({ wish, answeredUs }: Served): boolean {
  return answeredUs! - wish.dueUs > IN_TIME_US;
}
