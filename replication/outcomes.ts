/** Maps the errors of the host and the protocol to the typed errors of replication. */
import { ReplicationError, type ReplicationErrorCode } from './errors.ts';
import type { ProtocolRequest } from './protocol.ts';

const CODES: readonly string[] = [
  'NoLeader',
  'Indeterminate',
  'Rejected',
  'Overloaded',
  'SessionExpired',
] satisfies ReplicationErrorCode[];

const CHANGES: readonly ProtocolRequest['type'][] = [
  'submit',
  'submit-batch',
  'set-policy',
  'change-members',
];

/** Whether a request would change the replicated data, or the members. */
export function isChange({ type }: ProtocolRequest): boolean {
  return CHANGES.includes(type);
}

/**
 * The typed error for a failed `request`. Codes that replication does not have mean that the
 * replica stopped in the middle of it.
 */
export function toReplicationError(
  { code, message }: { readonly code: string; readonly message: string },
  request: ProtocolRequest,
): ReplicationError {
  if (CODES.includes(code)) return new ReplicationError(code as ReplicationErrorCode, message);
  // Refused on arrival; another replica may have space.
  if (code === 'DiskFull') return new ReplicationError('NoLeader', message);
  return new ReplicationError(isChange(request) ? 'Indeterminate' : 'NoLeader', message);
}
