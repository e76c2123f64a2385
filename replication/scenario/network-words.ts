/** The statements about links. */
import type { NodeId } from '../../vm/index.ts';
import type { LinkSettings } from '../../vm/sim/index.ts';
import type { ScenarioRun } from './run.ts';
import type { Statement } from './statement.ts';
import type { Words } from './words.ts';

/** All machines that a line has not named. */
const OTHERS = 'others';

const partition: Statement = {
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

const isolate: Statement = {
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

function linkWord(type: 'block' | 'unblock' | 'clog' | 'unclog'): Statement {
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
export function readLinks(words: Words): (run: ScenarioRun) => [NodeId, NodeId][] {
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

const network: Statement = {
  usage: `network ${TREATMENT}`,
  read({ words, network }) {
    const settings = readTreatment(words, network);
    return (run) => run.fault({ type: 'network', settings });
  },
};

const link: Statement = {
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

/** What one message does out of its turn. */
function messageWord(what: 'deliver' | 'lose' | 'duplicate'): Statement {
  return {
    usage: `${what} NODE -> NODE${what === 'deliver' ? ' [losing power]' : ''}`,
    read({ words }) {
      const from = words.node();
      words.must('->');
      const to = words.node();
      const isOutage = what === 'deliver' && words.maybe('losing');
      if (isOutage) words.must('power');
      return (run) => {
        const link = { from: run.who(from), to: run.who(to) };
        if (isOutage)
          run.act({ type: 'deliver', ...link }, { type: 'crash', node: link.to, unsynced: 'lost' });
        else if (what === 'lose') run.lose(link);
        else run.act({ type: 'deliver', ...link, keep: what === 'duplicate' });
      };
    },
  };
}

const by: Statement = {
  usage: 'by hand',
  read({ words }) {
    words.must('hand');
    return (run) => run.actByHand();
  },
};

const heal: Statement = { usage: 'heal', read: () => (run) => run.fault({ type: 'heal' }) };

export const NETWORK_WORDS: Readonly<Record<string, Statement>> = {
  partition,
  isolate,
  block: linkWord('block'),
  unblock: linkWord('unblock'),
  clog: linkWord('clog'),
  unclog: linkWord('unclog'),
  heal,
  by,
  deliver: messageWord('deliver'),
  lose: messageWord('lose'),
  duplicate: messageWord('duplicate'),
  network,
  link,
};
