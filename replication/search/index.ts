/**
 * `tickraft/search`: everything that a cluster can do from where a scenario ends, and the shortest
 * way to what is wrong in it. Runs in Node and in a browser.
 */
export type { Guarantees, ProtocolRequest } from '../protocol.ts';
export { ScenarioError } from '../scenario/error.ts';
export type { HistoryCheck } from '../scenario/run-options.ts';
export type { Protocols } from '../sim/protocols.ts';
export { type Budget, COUNTED, type Counted, UNLIMITED } from './budget.ts';
export type { Bounds, Ending } from './found.ts';
export {
  DEFAULT_BUDGET,
  ORDERS,
  type Order,
  SearchError,
  type SearchOptions,
  type SearchResult,
  type Story,
  search,
} from './search.ts';
