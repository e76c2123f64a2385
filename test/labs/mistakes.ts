/** Mistakes that students make, as patches of the solutions, and the items that must find each. */
import type { Bug } from '../support/mutant.ts';

/** A wrong solution. */
export interface Mistake extends Omit<Bug, 'file'> {
  readonly what: string;
  /** The items that fail, and no others. */
  readonly fails: readonly string[];
  /** A part of the counterexample of the first of them. */
  readonly shows: string;
}

export const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  lab1: [
    {
      what: 'the clock is not set by what arrives',
      find: 'state.clock = Math.max(state.clock, body.time) + 1;',
      replace: '',
      fails: ['one-command', 'cause-first', 'lively'],
      shows: 'run until answer a is ok within 1 s',
    },
    {
      what: 'commands with the same clock are in the order of their arrival',
      find: ' || (a.from < b.from ? -1 : 1)',
      replace: '',
      fails: ['same-order', 'random'],
      shows: 'expect all agree',
    },
    {
      what: 'nobody says that a command has come',
      find: "ctx.send(ctx.peers, { type: 'Ack', time: ++state.clock });",
      replace: '',
      fails: ['one-command', 'cause-first', 'lively'],
      shows: 'run until answer a is ok within 1 s',
    },
  ],
  lab2: [
    {
      what: 'the primary answers before its backup has the command',
      find: 'Math.min(state.log.length, state.backed)',
      replace: 'state.log.length',
      fails: ['survives'],
      shows: 'run until answer b is 1 within 500 ms',
    },
    {
      what: 'n1 leads again as soon as it is back',
      find: "log === undefined ? first : 'joining'",
      replace: 'first',
      fails: ['returns'],
      shows: 'expect no leader among n1',
    },
    {
      what: 'the primary waits for a backup that is down',
      find: 'if (silence > SILENCE) state.backed = Number.POSITIVE_INFINITY;',
      replace: '',
      fails: ['alone'],
      shows: 'run until answer a is ok within 1 s',
    },
  ],
  lab3: [
    {
      what: 'a majority of those that are alive is enough',
      find: '  return count > (peers.length + 1) / 2;',
      replace: '  return count > 1 || peers.length === 0;',
      fails: ['minority'],
      shows: 'run until no leader among n1 n2 within 3 s',
    },
    {
      what: 'term and vote are kept in memory only',
      find: "ctx.disk.put('vote', { term, votedFor: votedFor ?? null });",
      replace: '',
      fails: ['crash-keeps'],
      shows: 'restart n1',
    },
    {
      what: 'a leader never steps down by itself',
      find: 'if (!isMajority(heard.length + 1, ctx)) state.leads = false;\n      else ',
      replace: '',
      fails: ['minority', 'unheard'],
      shows: 'run until no leader among n1 n2 within 3 s',
    },
    {
      what: 'whoever asks gets a vote',
      find: 'if (state.votedFor !== undefined && state.votedFor !== from) return;\n      if (state.votedFor === undefined)',
      replace: '',
      fails: ['random'],
      shows: 'block n3 -> n1',
    },
  ],
  lab4: [
    {
      what: 'a write does not ask for the newest version',
      find: 'version: operation.copy.version + 1',
      replace: 'version: mine(key, ctx).version + 1',
      fails: ['last-wins'],
      shows: 'put x 3 at n2 as c',
    },
    {
      what: 'a read does not write back',
      find: "  operation.phase = 'write';",
      replace: `  if (put === undefined) {
    delete state.operations[id];
    return ctx.answer(id, operation.copy.value);
  }
  operation.phase = 'write';`,
      fails: ['no-way-back'],
      shows: 'expect linearizable',
    },
    {
      what: 'all three must answer',
      find: '(ctx.peers.length + 1) / 2',
      replace: 'ctx.peers.length',
      fails: ['one-down', 'overlap', 'last-wins'],
      shows: 'run until answer a is ok within 1 s',
    },
  ],
  lab5: [
    {
      what: 'entries of earlier terms are counted',
      find: 'leader.termOf(index) === term ? index : commitIndex',
      replace: 'Math.max(index, commitIndex)',
      fails: ['figure-8'],
      shows: 'expect commit of n1 is 0',
    },
    {
      what: 'the leader counts what is not on its disk',
      find: 'voter === self ? durableIndex',
      replace: 'voter === self ? leader.lastIndex',
      fails: ['own-disk'],
      shows: 'put x 1 as a',
    },
    {
      what: 'the voters before do not count',
      find: 'byMajority(voters), byMajority(outgoing)',
      replace: 'byMajority(voters), byMajority([])',
      fails: ['joint'],
      shows: 'demote n4 n5 forced at n1 as a',
    },
    {
      what: 'the voters after do not count until the change has ended',
      find: 'byMajority(voters), byMajority(outgoing)',
      replace: 'byMajority(outgoing.length > 0 ? outgoing : voters)',
      fails: ['joint'],
      shows: 'demote n4 n5 at n1 as a',
    },
  ],
};
