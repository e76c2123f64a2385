/**
 * Tells what happens in a world as a scenario, one line a change, for people and for golden files.
 */
import {
  type Applied,
  type Envelope,
  type EventRecord,
  type NodeId,
  readDetail,
  readFault,
} from '../../vm/index.ts';
import { linkName, plainRecord, type WorldObserver } from '../../vm/sim/index.ts';
import type { KeyValueCommand } from '../core/key-value.ts';
import type { KeyValueCluster } from '../sim/protocol.ts';
import { commandText, logText } from './key-value-words.ts';

/** What a machine was when it last stepped. */
interface Known {
  term: number;
  role: string;
}

/** Watches a world and writes its transcript. */
export class Narrator {
  readonly observer: Required<Pick<WorldObserver, 'event' | 'applied' | 'stepped'>> = {
    event: (record) => this.#event(record),
    applied: (node, entry) => this.#applied(node, entry),
    stepped: () => {
      this.#commitLine = undefined;
    },
  };
  /** Links, `from>to`, whose arrivals are told too. */
  #traced: ReadonlySet<string> = new Set();
  readonly #lines: string[] = [];
  /** Undefined while it starts. */
  #cluster: KeyValueCluster | undefined;
  readonly #known = new Map<NodeId, Known>();
  /** Where this step's commit is told: what it lets the machine apply is told there too. */
  #commitLine: number | undefined;
  /** What traced messages say that have arrived, by their ids. */
  readonly #arrived = new Map<string, unknown>();
  /** Messages lost since the last statement, by cause. */
  #lost = new Map<string, number>();

  get transcript(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  watch(cluster: KeyValueCluster): void {
    this.#cluster = cluster;
  }

  /** From now on, tells what arrives over these links and over no other. */
  traceLinks(links: readonly (readonly [from: NodeId, to: NodeId])[]): void {
    this.#traced = new Set(links.map(([from, to]) => linkName(from, to)));
  }

  /** A line as it is. */
  line(text: string): void {
    this.#lines.push(text);
  }

  /** Something that is seen, or happens, now. */
  say(text: string): void {
    const ms = ((this.#cluster?.now ?? 0) / 1000).toFixed(1);
    this.#lines.push(`${ms.padStart(10)} ms  ${text}`);
  }

  /** A message is about to arrive: once it is received, what it says is told. */
  arriving({ node, envelope }: { readonly node: NodeId; readonly envelope: Envelope<unknown> }): void {
    if (this.#traced.has(linkName(envelope.from, node))) this.#arrived.set(envelope.id, envelope.body);
  }

  /** The results of a statement are told; another may follow. */
  endCommand(): void {
    if (this.#lost.size === 0) return;
    const causes = [...this.#lost].map(([cause, count]) => `${count} ${cause}`);
    this.say(`(messages lost: ${causes.join(', ')})`);
    this.#lost = new Map();
  }

  #event(record: EventRecord): void {
    if (record.event === 'drop') {
      const { from = '', cause = 'unknown' } = readDetail(record.detail);
      this.#lost.set(cause, (this.#lost.get(cause) ?? 0) + 1);
      if (this.#traced.has(linkName(from, record.peer ?? ''))) {
        this.say(`${record.peer} <- ${from}  ${record.kind} is lost (${cause})`);
      }
    } else if (record.event === 'fault') {
      this.#faultEvent(record);
    } else if (record.term !== undefined && record.role !== undefined) {
      this.#machineEvent(record, record.term, record.role);
    }
  }

  /** The result of a fault, where its line does not say it. */
  #faultEvent({ kind, detail, peer, node: self }: EventRecord): void {
    if (kind === 'copy-differs') this.say(`${self}: the copy of ${peer} differs from its own`);
    const { node, record, records, done } = readFault(detail);
    const name = (one: unknown) => plainRecord(String(one));
    if (kind === 'rot') this.say(`${node}: ${name(record)} is no longer what was written`);
    else if (kind === 'repair') this.say(`${node} is repaired: ${done}`);
    else if (kind === 'damage') {
      this.say(`${node} does not start, its disk is damaged: ${(records as unknown[]).map(name).join(', ')}`);
    }
  }

  #machineEvent(record: EventRecord, term: number, role: string): void {
    const { node, event } = record;
    const before = this.#known.get(node) ?? { term: 0, role };
    const self = `${node}@${term}`;
    this.#known.set(node, { term, role });
    const isTold = event === 'role' || event === 'start' || event === 'vote' || event === 'append';
    if (event === 'role' || (term > before.term && !isTold)) {
      this.say(`${node}@${before.term} ${before.role} => ${self} ${role}`);
    }
    switch (event) {
      case 'start':
        if (readDetail(record.detail).boot !== 1)
          this.say(`${self} ${role} starts again: ${this.#state(node)}`);
        break;
      case 'vote':
        this.say(voteText(self, record));
        break;
      case 'append':
        this.say(this.#appendText(self, record));
        break;
      case 'commit':
        this.say(`${self} commits ${record.index}`);
        this.#commitLine = this.#lines.length - 1;
        break;
      case 'snapshot':
        // That it was sent is seen where it is installed.
        if (record.peer === undefined) this.say(snapshotText(self, record));
        break;
      case 'config':
        if (isToldOfMembers(record)) this.say(`${self} ${membersText(record)}`);
        break;
      case 'receive':
        this.#receive(self, record);
        break;
    }
  }

  #receive(self: string, { node, peer = '', message = '', kind }: EventRecord): void {
    const body = this.#arrived.get(message);
    if (this.#traced.has(linkName(peer, node))) this.say(`${self} <- ${peer}  ${kind}${bodyText(body)}`);
  }

  #applied(node: NodeId, { command }: Applied): void {
    const text = commandText(command as KeyValueCommand);
    if (this.#commitLine === undefined) {
      this.say(`${node} applies ${text}`);
      return;
    }
    const line = this.#lines[this.#commitLine]!;
    this.#lines[this.#commitLine] = `${line}, ${line.includes(' applies ') ? '' : 'applies '}${text}`;
  }

  /** `n2@8 cuts its log after 3 and appends 4..5 (4:x=1 8:noop) from n1`. */
  #appendText(self: string, { node, index, detail, peer }: EventRecord): string {
    const { first = index ?? 0, cut: isCut } = readDetail(detail);
    const range = first === index ? `${index}` : `${first}..${index}`;
    const cut = isCut ? `cuts its log after ${first - 1} and ` : '';
    const source = peer === undefined ? '' : ` from ${peer}`;
    const entries = this.#cluster?.log(node, first, index ?? first) ?? [];
    return `${self} ${cut}appends ${range} (${logText(entries)})${source}`;
  }

  /** What a machine has: its log, and how far that is known to be committed. */
  #state(node: NodeId): string {
    const { baseIndex, commit, votedFor } = this.#cluster!.view(node);
    const vote = votedFor === undefined ? '' : `, voted for ${votedFor}`;
    const compacted = baseIndex === 0 ? '' : `(1..${baseIndex} compacted) `;
    return `log ${compacted}${logText(this.#cluster!.log(node))}, commit ${commit}${vote}`;
  }

  /** A machine in one line. */
  describe(node: NodeId): string {
    const status = this.#cluster!.status(node);
    if (status === 'down') return `${node} down`;
    const { role, term } = this.#cluster!.view(node);
    return `${node}@${term} ${role}${status === 'paused' ? ' (paused)' : ''}: ${this.#state(node)}`;
  }
}

/** What a machine starts with, and the steps of a check, are left out. */
function isToldOfMembers({ kind, detail }: EventRecord): boolean {
  const { phase, check } = readDetail(detail);
  if (kind === 'learner') return phase !== 'checking' || check === undefined;
  return kind !== undefined && !['start', 'commit', 'check'].includes(kind);
}

/** What a `config` row says of the members. */
function membersText({ kind, index, peer, detail }: EventRecord): string {
  const { voters = [], outgoing, learners = [], phase, round } = readDetail(detail);
  if (kind === 'learner') return `sees ${peer} ${phase} (round ${round})`;
  const joint = outgoing === undefined ? '' : `, together with ${outgoing.join(' ')}`;
  const others = learners.length === 0 ? '' : `, learners ${learners.join(' ')}`;
  const back = kind === 'rollback' ? 'goes back to' : 'counts by';
  return `${back} configuration ${index}: voters ${voters.join(' ')}${joint}${others}`;
}

function voteText(self: string, { node, peer, detail }: EventRecord): string {
  if (readDetail(detail).granted === false) return `${self} refuses ${peer} its vote`;
  return `${self} votes for ${peer === node ? 'itself' : peer}`;
}

/**
 * A snapshot is the data as of a log entry: a leader takes it to send it, a follower takes it over.
 */
function snapshotText(self: string, { index, detail }: EventRecord): string {
  return `${self} ${readDetail(detail).installed ? 'installs' : 'takes'} a snapshot of 1..${index}`;
}

/** What a message says, `term=1 entries=2`: lists by their lengths. */
function bodyText(body: unknown): string {
  const fields = Object.entries(body ?? {}).filter(([key, value]) => key !== 'type' && value !== undefined);
  return fields
    .map(([key, value]) => {
      if (Array.isArray(value)) return ` ${key}=${value.length}`;
      return ` ${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`;
    })
    .join('');
}
