/**
 * Views and decisions of the autopilot as text, a member a line, so that cases can be read as
 * tables. Ticks are seconds. What a line does not say is as in a healthy cluster.
 */
import {
  type AutopilotSettings,
  type Decision,
  defaultSettings,
  type LoadWindow,
  type Member,
  type View,
} from '../../../replication/autopilot/index.ts';

/** Long enough for everything. */
const LONG = 100_000;

export interface Case {
  readonly name: string;
  readonly view: View;
  readonly settings: AutopilotSettings;
  readonly expected: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The cases in a text: each a heading, what is seen, and `=>` with the decision. */
export function casesIn(text: string): Case[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [name = '', ...lines] = part.trim().split('\n');
      const isResult = (line: string) => line.startsWith('=>') || line.startsWith('   ');
      const expected = lines.filter(isResult).map((line) => line.replace('=>', '').trim());
      const { view, settings } = seen(lines.filter((line) => line !== '' && !isResult(line)));
      return { name, view, settings, expected: expected.join('\n') };
    });
}

/** A view in which nothing is going on. */
export function calm(leader: string, members: readonly Member[]): Writable<View> {
  return {
    leader,
    leaderTicks: LONG,
    isSettled: true,
    isChanging: false,
    isTransferring: false,
    isPaused: false,
    members,
    starting: [],
    canStart: true,
    desiredReaders: undefined,
    failedStarts: 0,
    sinceFailedTicks: LONG,
    windows: [],
    sinceScaledTicks: LONG,
  };
}

function seen(lines: readonly string[]): Pick<Case, 'view' | 'settings'> {
  const members: Member[] = [];
  const view = calm('', members);
  const settings: Record<string, unknown> = { ...defaultSettings(1) };
  for (const line of lines) {
    const [subject = '', ...facts] = line.split(', ');
    if (/^\w+ (voter|learning|reader)\b/.test(subject)) members.push(member(subject, facts, view));
    else if (subject.startsWith('settings ')) {
      for (const [, name, value] of line.matchAll(/(\w+)=(\w+)/g))
        settings[name!] = /^\d+$/.test(value!) ? Number(value) : value;
    } else stateOf(line, view);
  }
  return { view, settings: settings as unknown as AutopilotSettings };
}

/** `r3 voter c, silent for 301s` */
function member(subject: string, facts: readonly string[], view: Writable<View>): Member {
  const [id = '', kind = '', zone] = subject.split(' ');
  const made: Writable<Member> = {
    ...healthy(id, zone),
    role: kind === 'voter' ? 'voter' : 'learner',
    want: kind === 'reader' ? 'learner' : 'voter',
  };
  for (const fact of facts) {
    const [, word, number] = /^(leads|silent|healthy|behind)(?: for| by)? ?(\d*)s?$/.exec(fact) ?? [];
    if (word === 'leads') {
      view.leader = id;
      if (number !== '') view.leaderTicks = Number(number);
    } else if (word === 'silent') {
      made.silentTicks = Number(number);
      made.healthyTicks = 0;
    } else if (word === 'healthy') made.healthyTicks = Number(number);
    else if (word === 'behind') made.lag = Number(number);
    else if (fact === 'disk full') made.disk = 'full';
    else if (fact === 'draining') made.isDraining = true;
    else if (fact === 'never heard of') made.isHeard = false;
    else if (fact === 'not checked') made.isChecked = false;
    else if (fact === 'in another term') made.isSameTerm = false;
    else throw new Error(`what is "${fact}"?`);
  }
  return made;
}

/** A voter with which all is well. */
export function healthy(id: string, zone?: string): Member {
  return {
    id,
    role: 'voter',
    want: 'voter',
    zone,
    silentTicks: 0,
    isHeard: true,
    healthyTicks: LONG,
    isSameTerm: true,
    lag: 0,
    disk: 'ok',
    isDraining: false,
    isChecked: true,
  };
}

function stateOf(line: string, view: Writable<View>): void {
  const starting = /^starting a (voter|reader)$/.exec(line);
  const desired = /^desired readers (\d+)$/.exec(line);
  const scaled = /^scaled (\d+)s ago$/.exec(line);
  const failed = /^(\d+) starts? came to nothing, the last (\d+)s ago$/.exec(line);
  if (failed) Object.assign(view, { failedStarts: Number(failed[1]), sinceFailedTicks: Number(failed[2]) });
  else if (starting)
    view.starting = [...view.starting, { want: starting[1] === 'voter' ? 'voter' : 'learner' }];
  else if (desired) view.desiredReaders = Number(desired[1]);
  else if (scaled) view.sinceScaledTicks = Number(scaled[1]);
  else if (line.startsWith('load ')) view.windows = windowsOf(line.slice('load '.length));
  else if (line === 'nothing starts replicas') view.canStart = false;
  else if (line === 'paused') view.isPaused = true;
  else if (line === 'a change is under way') view.isChanging = true;
  else if (line === 'a transfer is under way') view.isTransferring = true;
  else if (line === 'an election') view.isSettled = false;
  else throw new Error(`what is "${line}"?`);
}

/** `0.9 x2, 1.3 x3`: parts of high. */
function windowsOf(text: string): LoadWindow[] {
  return text.split(', ').flatMap((part) => {
    const [load = '', count = 'x1'] = part.split(' ');
    return Array.from({ length: Number(count.slice(1)) }, () => loadOf(Number(load)));
  });
}

/** A window whose event loops were busy to so many times what is high. */
function loadOf(load: number): LoadWindow {
  return { clients: 0, readsPerSecond: 0, eventLoop: load * defaultSettings(1).high.eventLoop, queue: 0 };
}

/** A decision as text. */
export function told({ action, held, desiredReaders }: Decision): string {
  const lines = [action === undefined ? 'nothing' : `${action.class}: ${actionText(action)}`];
  for (const { reason, about } of held)
    lines.push(`held: ${reason}${about === undefined ? '' : ` ${about}`}`);
  if (action?.class === 'scale') lines.push(`desired readers ${desiredReaders}`);
  return lines.join('\n');
}

function actionText(action: NonNullable<Decision['action']>): string {
  switch (action.do) {
    case 'start': {
      const what = `start a ${action.want === 'voter' ? 'voter' : 'reader'}`;
      const where = action.zone === undefined ? '' : ` in ${action.zone}`;
      return what + where + (action.instead === undefined ? '' : ` instead of ${action.instead}`);
    }
    case 'promote':
    case 'demote':
      return `${action.do} ${action.ids.join(' and ')}`;
    case 'remove':
      return `remove ${action.id}`;
    case 'transfer':
      return `move leadership to ${action.to}`;
  }
}
