/** Which protocol replicates a cluster. Pure. */
export {
  type Ability,
  CHOICES,
  flawOf,
  nameOfRun,
  PROTOCOL_NAMES,
  type ProtocolName,
  type ProtocolSettings,
} from './choice.ts';
