/** When replicas have come to the same. */
import { prefixEnd, type StoreReader } from '../../vm/index.ts';
import type { Guarantees, ReplicaView } from '../protocol.ts';

/** What a replica looks like, and its data. */
export interface Compared {
  readonly view: ReplicaView;
  readonly data: StoreReader;
}

/**
 * Whether replicas have applied the same log to its end. Where histories can part, logs of the same
 * length say nothing, and their data is compared.
 */
export function haveAgreed({ durable }: Guarantees, replicas: readonly Compared[]): boolean {
  const [first] = replicas;
  const isSameLog = replicas.every(
    ({ view: { lastIndex, lastTerm, applied } }) =>
      lastIndex === first!.view.lastIndex && lastTerm === first!.view.lastTerm && applied === lastIndex,
  );
  if (!isSameLog || durable) return isSameLog;
  const texts = replicas.map(({ data }) => JSON.stringify([...data.range('', prefixEnd(''))]));
  return new Set(texts).size <= 1;
}
