/**
 * The client that survives its server, and the wire of replication's clients. Runs in browsers too.
 */
export { clusterOf, memberNews, memberWords } from './cluster.ts';
export type { ConnectionState, Lost } from './connection.ts';
export { Failover } from './failover.ts';
export type { Link, Served, Wire } from './link.ts';
export { ClientSession } from './session.ts';
export type { Cluster } from './wire.ts';
