/** What is compared: a protocol with settings, as the command line names it. */
import {
  type Guarantees,
  PROTOCOLS,
  type Protocols,
  type Settings,
  type SimulatedProtocol,
} from '../../../replication/sim/index.ts';

/** A protocol with its settings. */
export interface Subject {
  /** As it was typed: `nwr:3/1/1`. */
  readonly name: string;
  readonly protocol: SimulatedProtocol;
  readonly settings: Settings;
  /** What it says it guarantees with them. */
  readonly claims: Guarantees;
  /** The role that orders commands; undefined if there is none. */
  readonly leaderRole: string | undefined;
}

/**
 * Reads `raft,primary-backup:majority,nwr:3/1/1`. Throws an Error with one line for who typed it.
 */
export function readSubjects(text: string, protocols: Protocols = PROTOCOLS): Subject[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new Error('--protocols must be names with commas between them');
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`--protocols names ${twice} twice`);
  return names.map((name) => readSubject(name, protocols));
}

function readSubject(name: string, protocols: Protocols): Subject {
  const [own = '', ...words] = name.split(':');
  const protocol = Object.hasOwn(protocols, own) ? protocols[own] : undefined;
  if (protocol === undefined)
    throw new Error(`--protocols: there is no ${own}, only ${Object.keys(protocols).join(', ')}`);
  const known = protocol.shortSettings;
  const settings = Object.assign(
    {},
    ...words.map((word) => {
      const found = known.find(({ form }) => form.test(word));
      if (found === undefined) {
        const has = known.map(({ usage }) => usage).join(', ');
        throw new Error(`--protocols: ${own} knows no ${word}${has === '' ? '' : ` (it knows ${has})`}`);
      }
      return found.settings(word);
    }),
  ) as Settings;
  try {
    const { guarantees: claims, leaderRole } = protocol.create('quick', settings);
    return { name, protocol, settings, claims, leaderRole };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(`--protocols: ${name}: ${error.message}`);
  }
}
