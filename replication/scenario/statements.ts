/** The statements: how each line is read, and what it does when it runs. */
import type { NodeId } from '../../vm/index.ts';
import { readCondition } from './conditions.ts';
import { readKeyValueRequest } from './key-value-words.ts';
import { MACHINE_WORDS } from './machine-words.ts';
import { MEMBER_WORDS } from './member-words.ts';
import { NETWORK_WORDS, readLinks } from './network-words.ts';
import type { ScenarioRun } from './run.ts';
import type { Execution, Reading, Statement } from './statement.ts';
import type { Duration, Words } from './words.ts';

/** How long `run until` waits by default. */
const DEFAULT_WITHIN: Duration = { ticks: 1_000 };
/** Where a request goes by default. */
const LEADER = 'leader';

const run: Statement = {
  usage: 'run N ticks|us|ms|s, or run until CONDITION [within N ticks|us|ms|s]',
  read({ words }) {
    if (!words.maybe('until')) {
      const duration = words.duration();
      return (run) => void run.advance(run.us(duration));
    }
    const condition = readCondition(words);
    const within = words.maybe('within') ? words.duration() : DEFAULT_WITHIN;
    return (run) => run.expect(condition, run.us(within));
  },
};

const expect: Statement = {
  usage: 'expect CONDITION [within N ticks|us|ms|s]',
  read({ words }) {
    const condition = readCondition(words);
    const within = words.maybe('within') ? words.duration() : { us: 0 };
    return (run) => run.expect(condition, run.us(within));
  },
};

const name: Statement = {
  usage: 'let NAME be NODE',
  read({ words }) {
    const name = words.newName('nodes', 'a name');
    words.must('be');
    const node = words.node();
    return (run) => run.call(name, run.who(node));
  },
};

const transfer: Statement = {
  usage: 'transfer to NODE [at NODE] [as NAME]',
  read({ words }) {
    words.must('to');
    const to = words.node();
    const options = readRequestEnd(words, `transfer to ${to}`);
    return (run) => run.request({ type: 'transfer', to: run.resolve(to) }, options);
  },
};

/** `drain n1`, `undrain n1`: `resume` is said of a paused machine. */
function setDrained(what: 'drain' | 'undrain'): Statement {
  return {
    usage: `${what} NODE [as NAME]`,
    read({ words }) {
      const node = words.node();
      const name = words.maybe('as') ? words.newName('requests', 'a name') : undefined;
      const options = { node, name, session: undefined, text: what };
      return (run) => run.request({ type: 'drain', drained: what === 'drain' }, options);
    },
  };
}

const session: Statement = {
  usage: 'session NAME [one by one] [at NODE]',
  read({ words }) {
    const name = words.newName('sessions', 'a name');
    const oneByOne = words.maybe('one');
    if (oneByOne) words.must('by', 'one');
    const node = words.maybe('at') ? words.node() : LEADER;
    return (run) => run.openSession(name, node, oneByOne);
  },
};

const retry: Statement = {
  usage: 'retry NAME [anew] [at NODE] [by CLIENT] [as NAME]',
  read({ words }) {
    const first = words.knownName('requests', 'a request');
    const anew = words.maybe('anew');
    const options = readRequestEnd(words, '');
    return (run) => run.retry(first, anew, options);
  },
};

const acknowledge: Statement = {
  usage: 'acknowledge NAME',
  read({ words }) {
    const name = words.knownName('requests', 'a request');
    return (run) => run.acknowledge(name);
  },
};

/** A request in the words of the key-value machine. */
export function readRequest({ words }: Reading): Execution {
  const own = words.until(['at', 'as', 'in', 'by']);
  const body = readKeyValueRequest(own) ?? words.fail(`cannot read \`${own.join(' ')}\``);
  const session = words.maybe('in') ? words.knownName('sessions', 'a session') : undefined;
  const options = readRequestEnd(words, own.join(' '));
  return (run) => run.request(body, { ...options, session });
}

function readRequestEnd(words: Words, text: string) {
  const node = words.maybe('at') ? words.node() : LEADER;
  const client = words.maybe('by') ? words.name('a client') : undefined;
  const name = words.maybe('as') ? words.newName('requests', 'a name') : undefined;
  return { node, client, name, session: undefined, text };
}

const trace: Statement = {
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

const show: Statement = {
  usage: 'show [NODES]',
  read({ words }) {
    const nodes = words.isEmpty ? undefined : words.nodes();
    return (run) => {
      for (const name of nodes ?? run.nodes) run.narrator.say(run.narrator.describe(run.resolve(name)));
    };
  },
};

/**
 * Every word that may begin a line once the cluster is set up, but for requests to the key-value
 * machine.
 */
export const STATEMENTS: Readonly<Record<string, Statement>> = {
  run,
  expect,
  ...MACHINE_WORDS,
  ...NETWORK_WORDS,
  ...MEMBER_WORDS,
  let: name,
  transfer,
  drain: setDrained('drain'),
  undrain: setDrained('undrain'),
  session,
  retry,
  acknowledge,
  trace,
  show,
};
