/** Subjects of scenarios with a check of their clients' history. */
import type { ProtocolRequest } from '../../replication/protocol.ts';
import { SCENARIO_PROTOCOLS } from '../../replication/scenario/protocols.ts';
import type { Registry, Subject } from '../../replication/scenario/subject.ts';
import { ClientHistory } from './client-history.ts';

/** The subject, which must be one over the key-value machine, with a history check. */
export function withHistoryCheck(subject: Subject, history = new ClientHistory()): Subject {
  return {
    ...subject,
    historyCheck: {
      duplicates: () => history.duplicates(),
      asked: (id, node, request, atUs) => history.asked(id, node, request as ProtocolRequest, atUs),
      answered: (id, outcome, atUs) => history.answered(id, outcome, atUs),
      contradiction: () => history.contradiction(),
    },
  };
}

/** The protocols that a scenario file can name. What its clients do goes into `history`. */
export function protocolsWithHistoryCheck(history: ClientHistory): Registry {
  const protocols = Object.entries(SCENARIO_PROTOCOLS);
  return Object.fromEntries(
    protocols.map(([name, subject]) => [name, (options) => withHistoryCheck(subject(options), history)]),
  );
}
