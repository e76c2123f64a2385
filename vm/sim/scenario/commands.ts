/** The words that do something: how each line is read, and what it does when its turn comes. */
import type { NodeId } from '../../clock.ts';
import { CALM_DISK, type DiskSettings } from '../disk.ts';
import type { LinkSettings } from '../network.ts';
import { readCondition } from './conditions.ts';
import type { ScenarioRun } from './run.ts';
import type { Subject } from './subject.ts';
import type { Duration, Words } from './words.ts';

/** What a line does. */
export type Action = (run: ScenarioRun) => void;

/** What a line is read with: its words, and what the scenario is about. */
export interface Reading {
  readonly words: Words;
  readonly subject: Subject;
  /** How links treat messages where nothing is said of them. */
  readonly network: LinkSettings;
}

/** A word that begins a line. */
export interface CommandWord {
  readonly usage: string;
  read(reading: Reading): Action;
}

/** How long `run until` waits where nothing is said. */
const PATIENCE: Duration = { ticks: 1_000 };
/** Where a request goes where nothing is said. */
const LEADER = 'leader';
/** All machines that a line has not named. */
const OTHERS = 'others';

const run: CommandWord = {
  usage: 'run N ticks|ms|s, or run until CONDITION [within N ticks|ms|s]',
  read({ words }) {
    if (!words.maybe('until')) {
      const duration = words.duration();
      return (run) => void run.advance(run.us(duration));
    }
    const condition = readCondition(words);
    const within = words.maybe('within') ? words.duration() : PATIENCE;
    return (run) => run.expect(condition, run.us(within));
  },
};

const expect: CommandWord = {
  usage: 'expect CONDITION [within N ticks|ms|s]',
  read({ words }) {
    const condition = readCondition(words);
    const within = words.maybe('within') ? words.duration() : { us: 0 };
    return (run) => run.expect(condition, run.us(within));
  },
};

/** A word that does something to one machine, which must be in one of these states. */
function toMachine(type: 'crash' | 'restart' | 'pause' | 'resume', ...states: string[]): CommandWord {
  return {
    usage: `${type} NODE`,
    read({ words }) {
      const name = words.node();
      return (run) => {
        const node = run.who(name);
        const { status } = run.world.place(node);
        if (!states.includes(status)) run.fail(`cannot ${type} ${node}, which is ${status}`);
        run.fault({ type, node });
      };
    },
  };
}

const rate: CommandWord = {
  usage: 'rate NODE TICKS-PER-SECOND',
  read({ words }) {
    const name = words.node();
    const ticksPerSecond = words.integer('ticks a second', 1, 1_000);
    return (run) => run.fault({ type: 'rate', node: run.who(name), ticksPerSecond });
  },
};

const partition: CommandWord = {
  usage: 'partition NODES | NODES ..., where the last NODES may be `others`',
  read({ words }) {
    const groups = [words.nodes()];
    do {
      words.must('|');
      if (words.maybe(OTHERS)) {
        words.end();
        groups.push([OTHERS]);
      } else groups.push(words.nodes());
    } while (!words.isEmpty);
    return (run) => separate(run, groups);
  },
};

const isolate: CommandWord = {
  usage: 'isolate NODE',
  read({ words }) {
    const name = words.node();
    return (run) => separate(run, [[name], [OTHERS]]);
  },
};

function separate(run: ScenarioRun, groups: readonly (readonly string[])[]): void {
  const named = groups.flat().filter((name) => name !== OTHERS);
  const nodes = named.map((name) => run.who(name));
  const twice = nodes.find((node, i) => nodes.indexOf(node) !== i);
  if (twice !== undefined) run.fail(`${twice} is named twice`);
  const others = run.nodes.filter((node) => !nodes.includes(node));
  const members = (group: readonly string[]) =>
    group[0] === OTHERS ? others : group.map((name) => run.resolve(name));
  run.fault({ type: 'partition', groups: groups.map(members) });
}

function linkWord(type: 'block' | 'unblock'): CommandWord {
  return {
    usage: `${type} NODES -> NODES, or ${type} NODES <-> NODES`,
    read({ words }) {
      const links = readLinks(words);
      return (run) => {
        for (const [from, to] of links(run)) run.fault({ type, from, to });
      };
    },
  };
}

/** `n1 n2 -> n3`, or `n1 <-> n3` for both directions. */
function readLinks(words: Words): (run: ScenarioRun) => [NodeId, NodeId][] {
  const left = words.nodes();
  const both = words.maybe('<->');
  if (!both) words.must('->');
  const right = words.nodes();
  return (run) =>
    left.flatMap((one) =>
      right.flatMap((other): [NodeId, NodeId][] => {
        const [from, to] = [run.resolve(one), run.resolve(other)];
        return both
          ? [
              [from, to],
              [to, from],
            ]
          : [[from, to]];
      }),
    );
}

const TREATMENT = '[delay MS] [loss PART] [duplicate PART] [reorder PART]';

const network: CommandWord = {
  usage: `network ${TREATMENT}`,
  read({ words, network }) {
    const settings = readTreatment(words, network);
    return (run) => run.fault({ type: 'network', settings });
  },
};

const link: CommandWord = {
  usage: `link NODES -> NODES ${TREATMENT}`,
  read({ words, network }) {
    const links = readLinks(words);
    const settings = readTreatment(words, network);
    return (run) => {
      for (const [from, to] of links(run)) run.fault({ type: 'link', from, to, settings });
    };
  },
};

function readTreatment(words: Words, calm: LinkSettings): LinkSettings {
  let settings = calm;
  do {
    if (words.maybe('delay')) settings = { ...settings, delayUs: words.milliseconds() };
    else if (words.maybe('loss')) settings = { ...settings, lossRate: words.percent() };
    else if (words.maybe('duplicate')) settings = { ...settings, duplicateRate: words.percent() };
    else if (words.maybe('reorder')) settings = { ...settings, reorderRate: words.percent() };
    else words.expected('`delay`, `loss`, `duplicate` or `reorder`');
  } while (!words.isEmpty);
  return settings;
}

const disk: CommandWord = {
  usage: 'disk sync MS [at NODES]',
  read({ words }) {
    words.must('sync');
    const settings: DiskSettings = { ...CALM_DISK, syncUs: words.milliseconds() };
    const nodes = words.maybe('at') ? words.nodes() : undefined;
    return (run) => {
      for (const name of nodes ?? run.nodes) run.fault({ type: 'disk', node: run.resolve(name), settings });
    };
  },
};

const heal: CommandWord = { usage: 'heal', read: () => (run) => run.fault({ type: 'heal' }) };

const name: CommandWord = {
  usage: 'let NAME be NODE',
  read({ words }) {
    const name = words.newName('nodes', 'a name');
    words.must('be');
    const node = words.node();
    return (run) => run.call(name, run.who(node));
  },
};

const transfer: CommandWord = {
  usage: 'transfer to NODE [at NODE] [as NAME]',
  read({ words, subject }) {
    words.must('to');
    const to = words.node();
    const options = readRequestEnd(words, `transfer to ${to}`);
    return (run) => run.request(subject.transfer(run.resolve(to)), options);
  },
};

const session: CommandWord = {
  usage: 'session NAME [at NODE]',
  read({ words }) {
    const name = words.newName('sessions', 'a name');
    const node = words.maybe('at') ? words.node() : LEADER;
    return (run) => run.openSession(name, node);
  },
};

const retry: CommandWord = {
  usage: 'retry NAME [at NODE] [as NAME]',
  read({ words }) {
    const first = words.knownName('requests', 'a request');
    const { node, name } = readRequestEnd(words, '');
    return (run) => run.retry(first, node, name);
  },
};

/** A request in the subject's own words. */
export function readRequest({ words, subject }: Reading): Action {
  const own = words.until(['at', 'as', 'in']);
  const body = subject.request(own);
  if (body === undefined) words.fail(`cannot read \`${own.join(' ')}\``);
  const session = words.maybe('in') ? words.knownName('sessions', 'a session') : undefined;
  const options = readRequestEnd(words, own.join(' '));
  return (run) => run.request(body, { ...options, session });
}

function readRequestEnd(words: Words, text: string) {
  const node = words.maybe('at') ? words.node() : LEADER;
  const name = words.maybe('as') ? words.newName('requests', 'a name') : undefined;
  return { node, name, session: undefined, text };
}

const trace: CommandWord = {
  usage: 'trace NODES -> NODES, trace NODES <-> NODES, trace all, or trace off',
  read({ words }) {
    if (words.maybe('off')) return (run) => run.narrator.traceLinks([]);
    const links = words.maybe('all') ? everyLink : readLinks(words);
    return (run) => run.narrator.traceLinks(links(run));
  },
};

function everyLink({ nodes }: ScenarioRun): [NodeId, NodeId][] {
  return nodes.flatMap((from) => nodes.map((to): [NodeId, NodeId] => [from, to]));
}

const show: CommandWord = {
  usage: 'show [NODES]',
  read({ words }) {
    const nodes = words.isEmpty ? undefined : words.nodes();
    return (run) => {
      for (const name of nodes ?? run.nodes) run.narrator.say(run.narrator.describe(run.resolve(name)));
    };
  },
};

/** Every word that may begin a line once the cluster is set up, but for requests in the subject's own words. */
export const COMMANDS: Readonly<Record<string, CommandWord>> = {
  run,
  expect,
  crash: toMachine('crash', 'up', 'paused'),
  restart: toMachine('restart', 'up', 'paused', 'down'),
  pause: toMachine('pause', 'up'),
  resume: toMachine('resume', 'paused'),
  rate,
  partition,
  isolate,
  block: linkWord('block'),
  unblock: linkWord('unblock'),
  heal,
  network,
  link,
  disk,
  let: name,
  transfer,
  session,
  retry,
  trace,
  show,
};
