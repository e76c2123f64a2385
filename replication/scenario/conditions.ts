/** What can be expected of a world, or waited for: `run until` and `expect` take the same words. */
import type { NodeId } from '../../vm/index.ts';
import type { ConfigurationView } from '../members.ts';
import type { ReplicaView } from '../protocol.ts';
import { EMPTY, entryText, logText } from './key-value-words.ts';
import { type Condition, HISTORY_GUARANTEES, type Scene } from './scene.ts';
import type { Words } from './words.ts';

type Unmet = Condition['unmet'];

/** The properties of a machine, `PROPERTY of NODE is VALUE`. */
const PROPERTIES: Readonly<Record<string, (view: ReplicaView) => string>> = {
  term: ({ term }) => String(term),
  role: ({ role }) => role,
  vote: ({ votedFor }) => votedFor ?? 'nobody',
  leader: ({ leader }) => leader ?? 'nobody',
  commit: ({ commit }) => String(commit),
  applied: ({ applied }) => String(applied),
  length: ({ lastIndex }) => String(lastIndex),
  base: ({ baseIndex }) => String(baseIndex),
  recovery: ({ recovery }) => recovery,
  config: ({ configuration }) => String(configuration?.index ?? 0),
};

/** Whom a machine counts as what, `WHOM of NODE are NODES`. */
const MEMBERS: Readonly<Record<string, (view: ConfigurationView) => readonly NodeId[]>> = {
  members: ({ voters, learners, outgoing = [] }) => [...new Set([...voters, ...outgoing, ...learners])],
  voters: ({ voters }) => voters,
  learners: ({ learners }) => learners,
  outgoing: ({ outgoing = [] }) => outgoing,
};

/** Whether a machine is `up`, `paused` or `down`. */
const STATUS = 'status';

/** Reads a condition; what may follow it (`within ...`) is left. */
export function readCondition(words: Words): Condition {
  const start = words.rest();
  const unmet = read(words);
  const end = words.rest();
  return { text: start.slice(0, start.length - end.length).join(' '), unmet };
}

function read(words: Words): Unmet {
  if (words.maybe('not')) return readNot(words);
  if (words.maybe('one')) return readLeaders(words, (count) => count === 1);
  if (words.maybe('no-split-brain')) return (run) => run.rivals(false);
  if (words.maybe('two')) {
    words.must('leaders');
    return readLeadersAmong(words, (count) => count >= 2);
  }
  if (words.maybe('no')) return readLeaders(words, (count) => count === 0);
  if (words.maybe('all')) return readAgree(words);
  if (words.maybe('linearizable')) return (run) => run.contradiction();
  const guarantee = HISTORY_GUARANTEES.find((name) => words.maybe(name));
  if (guarantee !== undefined) return (run) => run.broken(guarantee);
  if (words.maybe('answer')) return readAnswer(words);
  if (words.peek(1) === 'of' && Object.hasOwn(MEMBERS, words.peek()!)) return readMembers(words);
  if (words.peek(1) === 'of' && words.peek() !== undefined) return readProperty(words);
  if (words.isNode() && words.peek(1) === 'is' && words.peek(2) === 'a') return readRole(words);
  if (words.peek() === 'leader') {
    if (words.peek(1) !== 'has' && words.peek(1) !== 'log') return readLeader(words);
  }
  if (words.peek(1) === 'log') return readLog(words);
  if (words.peek(1) === 'has') return readUnsynced(words);
  if (words.peek(1) === 'is') return readValue(words);
  return words.expected('a condition');
}

function readNot(words: Words): Unmet {
  const { text, unmet } = readCondition(words);
  return (run) => (unmet(run) === undefined ? text : undefined);
}

function readAmong(words: Words): (run: Scene) => readonly NodeId[] {
  if (!words.maybe('among')) return (run) => run.nodes;
  const nodes = words.nodes();
  return (run) => nodes.map((node) => run.resolve(node));
}

function readLeaders(words: Words, isRight: (count: number) => boolean): Unmet {
  words.must('leader');
  if (isRight(1) && words.maybe('a')) {
    words.must('term');
    return (run) => run.rivals(true);
  }
  return readLeadersAmong(words, isRight);
}

function readLeadersAmong(words: Words, isRight: (count: number) => boolean): Unmet {
  const among = readAmong(words);
  return (run) => {
    const nodes = among(run);
    return isRight(run.leaders(nodes).length) ? undefined : roles(run, nodes);
  };
}

/** `leader` for anyone who leads, `leader NODE` for that one. */
function readLeader(words: Words): Unmet {
  words.must('leader');
  const node = words.isNode() ? words.node() : undefined;
  const among = readAmong(words);
  return (run) => {
    const leader = run.leaders(among(run))[0];
    const isIt = leader !== undefined && (node === undefined || leader === run.resolve(node));
    return isIt ? undefined : roles(run, among(run));
  };
}

function roles(run: Scene, nodes: readonly NodeId[]): string {
  const seen = nodes.map((node) => {
    const view = run.view(node);
    return view === undefined ? `${node} down` : `${node}@${view.term} ${view.role}`;
  });
  return seen.join(', ');
}

/**
 * One leader, where the protocol has any, and all that run have the same log, committed and applied
 * to its end.
 */
function readAgree(words: Words): Unmet {
  words.must('agree');
  const among = readAmong(words);
  return (run) => {
    const nodes = among(run).filter((node) => run.view(node) !== undefined);
    const isLed = !run.isLed || run.leaders(nodes).length === 1;
    if (isLed && run.haveAgreed(nodes)) return undefined;
    const seen = nodes.map((node) => {
      const log = `${logText(run.entries(node))} (${run.view(node)!.applied} applied)`;
      // Where histories can part, logs of the same length say nothing.
      return `${node} has ${run.isDurable ? log : `${log}, data ${run.data(node)}`}`;
    });
    return `${run.leaders(nodes).length} leaders, ${seen.join(', ')}`;
  };
}

/** Whether their logs are the same, as far as all of them still have the entries. */
function haveSameLog(run: Scene, nodes: readonly NodeId[]): boolean {
  const base = Math.max(...nodes.map((node) => run.view(node)!.baseIndex));
  const logs = nodes.map((node) => {
    const { baseIndex, lastIndex, lastTerm } = run.view(node)!;
    return `${lastIndex}/${lastTerm} ${logText(run.entries(node).slice(base - baseIndex))}`;
  });
  return new Set(logs).size <= 1;
}

/** `answer NAME is WORD`: `pending`, `ok`, a value, or the code of an error. */
function readAnswer(words: Words): Unmet {
  const name = words.knownName('requests', 'a request');
  words.must('is');
  const wanted = words.text('an answer');
  return (run) => {
    const answer = run.answer(name);
    return answer.text === wanted || (wanted === 'ok' && answer.ok) ? undefined : answer.text;
  };
}

function readProperty(words: Words): Unmet {
  const name = words.peek()!;
  const property = PROPERTIES[name];
  if (property === undefined && name !== STATUS) {
    return words.expected(`a property (${[...Object.keys(PROPERTIES), STATUS].join(', ')})`);
  }
  words.must(name, 'of');
  const node = words.node();
  words.must('is');
  const wanted = words.take('a value');
  if (property === undefined) return (run) => differs(run.status(run.resolve(node)), wanted);
  return withView(node, (view, run) => {
    const seen = property(view);
    return seen === run.nameOf(wanted) ? undefined : seen;
  });
}

/** `members of NODE are NODES`, `learners of NODE are nobody`. */
function readMembers(words: Words): Unmet {
  const whom = words.take('members');
  words.must('of');
  const node = words.node();
  words.must('are');
  const wanted = words.maybe('nobody') ? [] : words.nodes();
  return withView(node, ({ configuration }, run) => {
    const seen = configuration === undefined ? run.nodes : MEMBERS[whom]!(configuration);
    const names = wanted.map((name) => run.resolve(name));
    return differs(seen.toSorted().join(' '), names.sort().join(' '), 'nobody');
  });
}

/** `NODE is a learner`, as the leader has it, or the machine named after `at`. */
function readRole(words: Words): Unmet {
  const node = words.node();
  words.must('is', 'a');
  const wanted = ['voter', 'learner', 'stranger'].find((role) => words.maybe(role));
  if (wanted === undefined) words.expected('`voter`, `learner` or `stranger`');
  const at = words.maybe('at') ? words.node() : 'leader';
  return withView(at, ({ configuration }, run) => {
    const id = run.resolve(node);
    const isVoter = configuration?.voters.includes(id) || configuration?.outgoing?.includes(id);
    const role = isVoter ? 'voter' : configuration?.learners.includes(id) ? 'learner' : 'stranger';
    return role === wanted ? undefined : `a ${role}`;
  });
}

/**
 * `NODE log is 1:noop 1:x=1`, `NODE log terms 1 1 2`, `NODE log behind NODE`, `NODE log like NODE`.
 */
function readLog(words: Words): Unmet {
  const node = words.node();
  words.must('log');
  if (words.maybe('behind')) return readBehind(words, node);
  if (words.maybe('like')) {
    const other = words.node();
    return withView(node, (_view, run) => {
      const nodes = [run.resolve(node), run.resolve(other)];
      if (run.view(nodes[1]!) === undefined) return `${nodes[1]} is down`;
      return haveSameLog(run, nodes) ? undefined : logText(run.entries(nodes[0]!));
    });
  }
  if (words.maybe('terms')) {
    const terms = words.integers('a term').join(' ');
    return withView(node, (_view, run) =>
      differs(
        run
          .entries(run.resolve(node))
          .map(({ term }) => term)
          .join(' '),
        terms,
      ),
    );
  }
  words.must('is');
  if (words.maybe('empty'))
    return withView(node, (_view, run) => differs(logText(run.entries(run.resolve(node))), EMPTY));
  const wanted = words.until(['within']);
  if (wanted.length === 0) words.expected('entries such as `1:noop`, or `empty`');
  return withView(node, (_view, run) => {
    const entries = run.entries(run.resolve(node));
    const fits =
      entries.length === wanted.length &&
      entries.every(
        (entry, i) => entryText(entry) === wanted[i] || `${entry.term}:${entry.label}` === wanted[i],
      );
    return fits ? undefined : logText(entries);
  });
}

function differs(seen: string, wanted: string, none = EMPTY): string | undefined {
  return seen === wanted ? undefined : seen || none;
}

/** Less up to date: an earlier last term, or the same and shorter. */
function readBehind(words: Words, node: string): Unmet {
  const other = words.node();
  return withView(node, (view, run) => {
    const theirs = run.view(run.resolve(other));
    const ahead =
      theirs !== undefined &&
      (theirs.lastTerm > view.lastTerm ||
        (theirs.lastTerm === view.lastTerm && theirs.lastIndex > view.lastIndex));
    if (ahead) return undefined;
    return [node, other]
      .map((one) => `${run.resolve(one)} has ${logText(run.entries(run.resolve(one)))}`)
      .join(', ');
  });
}

function readUnsynced(words: Words): Unmet {
  const node = words.node();
  words.must('has', 'unsynced', 'writes');
  return withView(node, (_view, run) => (run.isWriting(run.resolve(node)) ? undefined : 'none'));
}

/** `KEY is VALUE at NODE`: what the machine has applied. */
function readValue(words: Words): Unmet {
  const key = words.text('a key');
  words.must('is');
  const wanted = words.text('a value');
  words.must('at');
  const node = words.node();
  return withView(node, (_view, run) => {
    const seen = run.value(run.resolve(node), key);
    return seen === wanted ? undefined : seen;
  });
}

/** A condition on a running machine: one that is down has no state. */
function withView(node: string, unmet: (view: ReplicaView, run: Scene) => string | undefined): Unmet {
  return (run) => {
    const view = run.view(run.resolve(node));
    return view === undefined ? `${run.resolve(node)} is down` : unmet(view, run);
  };
}
