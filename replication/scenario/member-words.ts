/** The statements about the members of the cluster. */
import type { Address, MemberChange } from '../members.ts';
import type { ScenarioRun } from './run.ts';
import type { RequestOptions } from './run-options.ts';
import type { Execution, Statement } from './statement.ts';
import type { Words } from './words.ts';

/** Where a request goes by default. */
const LEADER = 'leader';
const END = '[forced] [if config N] [at NODE] [as NAME]';

const add: Statement = {
  usage: `add NODES [as learner] ${END}`,
  read({ words }) {
    const nodes = [readMachine(words)];
    while (isMachine(words)) nodes.push(readMachine(words));
    const isLearner = words.peek() === 'as' && words.peek(1) === 'learner';
    if (isLearner) words.must('as', 'learner');
    const role = isLearner ? 'learner' : 'voter';
    return readChange(words, `add ${nodes.join(' ')}${isLearner ? ' as learner' : ''}`, {
      start: nodes,
      changes: (run) => nodes.map((name) => ({ do: 'add', role, id: run.idOf(name) })),
    });
  },
};

const replace: Statement = {
  usage: `replace NODE with NODE ${END}`,
  read({ words }) {
    const old = words.node();
    words.must('with');
    const node = readMachine(words);
    return readChange(words, `replace ${old} with ${node}`, {
      start: [node],
      changes: (run) => [{ do: 'replace', id: run.idOf(old), with: { id: run.idOf(node) } }],
    });
  },
};

/** `promote n4`, `demote n4 n5`, `remove n2`. */
function toMembers(what: 'promote' | 'demote' | 'remove'): Statement {
  return {
    usage: `${what} NODES ${END}`,
    read({ words }) {
      const nodes = words.nodes();
      return readChange(words, `${what} ${nodes.join(' ')}`, {
        start: [],
        changes: (run) => nodes.map((name) => ({ do: what, id: run.idOf(name) })),
      });
    },
  };
}

const address: Statement = {
  usage: `address NODE URL ${END}`,
  read({ words }) {
    const node = words.node();
    const url = words.text('an address');
    return readChange(words, `address ${node} ${url}`, {
      start: [],
      changes: (run) => [{ do: 'update', id: run.idOf(node), url } satisfies MemberChange & Address],
    });
  },
};

const abort: Statement = {
  usage: `abort change ${END}`,
  read({ words }) {
    words.must('change');
    return readChange(words, 'abort change', { start: [], changes: () => [{ do: 'abort' }] });
  },
};

interface Change {
  /** Machines that start if there are none of these names. */
  readonly start: readonly string[];
  changes(run: ScenarioRun): readonly MemberChange[];
}

/** Reads the end of the line. The request goes to whom it says when the line runs. */
function readChange(words: Words, text: string, { start, changes }: Change): Execution {
  const force = words.maybe('forced');
  const ifConfig = readIfConfig(words);
  const node = words.maybe('at') ? words.node() : LEADER;
  const name = words.maybe('as') ? words.newName('requests', 'a name') : undefined;
  const options: RequestOptions = { node, name, session: undefined, text };
  return (run) => {
    for (const machine of start) run.join(machine);
    const body = {
      type: 'change-members',
      changes: changes(run),
      ...ifConfig,
      ...(force && { force }),
    } as const;
    run.request(body, options);
  };
}

function readIfConfig(words: Words): { readonly ifConfig?: number } {
  if (!words.maybe('if')) return {};
  words.must('config');
  return { ifConfig: words.integer('the index of an entry') };
}

const MACHINE = /^n\d+$/;

function isMachine(words: Words): boolean {
  return words.isNode() || MACHINE.test(words.peek() ?? '');
}

/** A machine that there is, or a new one such as n6. */
function readMachine(words: Words): string {
  if (words.isNode()) return words.node();
  if (!isMachine(words)) words.expected('a machine, or a new one such as `n6`');
  const name = words.take('a machine');
  words.names.nodes.add(name);
  return name;
}

export const MEMBER_WORDS: Readonly<Record<string, Statement>> = {
  add,
  replace,
  promote: toMembers('promote'),
  demote: toMembers('demote'),
  remove: toMembers('remove'),
  address,
  abort,
};
