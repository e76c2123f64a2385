/**
 * Whether what callers are told of their changes of the members is so. A change is done once a
 * configuration with all of it is committed, and nothing is joint any more; one that says that it
 * began the change did not find it committed when it was asked.
 */
import type { NodeId, Outcome } from '../../vm/index.ts';
import type { ConfigurationView, MemberChange } from '../members.ts';
import type { ChangeMembers, MembersChanged, ProtocolRequest } from '../protocol.ts';
import { list } from './quorums.ts';

interface Asked {
  readonly node: NodeId;
  readonly changes: ChangeMembers['changes'];
  /** The last configuration that was committed anywhere. */
  readonly known: number;
}

/** The changes that were asked for in a run. */
export class ChangeAnswers {
  readonly #asked = new Map<string, Asked>();
  #answers: { readonly asked: Asked; readonly value: MembersChanged }[] = [];

  /** A replica is asked. `known`: the last committed configuration before that. */
  asked(id: string, node: NodeId, body: ProtocolRequest, known: number): void {
    if (body.type === 'change-members') this.#asked.set(id, { node, changes: body.changes, known });
  }

  answered(id: string, outcome: Outcome): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    if (outcome.ok) this.#answers.push({ asked, value: outcome.value as MembersChanged });
  }

  /** Looks at the answers that have come. `committed`: the configuration of a committed entry. */
  check(
    committed: (index: number) => ConfigurationView | undefined,
    report: (node: NodeId, index: number, message: string) => void,
  ): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    for (const { asked, value } of answers) {
      const { config } = value;
      // That of entry 0 is nobody's entry: what the replicas were started with.
      const wrong = config === 0 ? undefined : whatIsWrong(asked, value, committed(config));
      if (wrong !== undefined) report(asked.node, config, `a caller was told that it is done: ${wrong}`);
    }
  }
}

function whatIsWrong(
  { changes, known }: Asked,
  { config, already }: MembersChanged,
  configuration: ConfigurationView | undefined,
): string | undefined {
  if (configuration === undefined) return 'no configuration is committed there';
  if (configuration.outgoing !== undefined) return 'the configuration is joint';
  if (already !== true && config <= known) return 'it was committed before the change was asked for';
  const undone = changes.find((change) => !isDone(change, configuration));
  if (undone === undefined) return undefined;
  const { voters, learners } = configuration;
  return `${JSON.stringify(undone)} is not, with voters ${list(voters)} and learners ${list(learners)}`;
}

function isDone(change: MemberChange, { voters, learners }: ConfigurationView): boolean {
  const isMember = (id: NodeId) => voters.includes(id) || learners.includes(id);
  switch (change.do) {
    case 'abort':
      return true;
    case 'replace':
      return isMember(change.with.id);
    case 'remove':
      return !isMember(change.id);
    case 'demote':
      return learners.includes(change.id);
    case 'add':
    case 'promote':
    case 'update':
      return isMember(change.id);
  }
}
