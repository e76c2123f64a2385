/** What every protocol needs over a state machine: sessions, and the key-value machine. Pure. */
export { commandsIn } from './batch.ts';
export { refusesAttempt } from './fate.ts';
export {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
} from './key-value.ts';
export { queryMachine } from './sessions.ts';
