/**
 * What every protocol of a comparison is held to, whatever it claims: a line of the table each. The
 * names are the conditions of scenarios that fail where one is broken.
 */
import { HISTORY_GUARANTEES } from '../../../replication/scenario/index.ts';
import type { Guarantees } from '../../../replication/sim/index.ts';

/** A guarantee. */
export interface Guarantee {
  readonly name: GuaranteeName;
  /** What holds, for people. */
  readonly title: string;
  /** Whether a protocol that claims these claims it too. */
  isClaimed(claims: Guarantees): boolean;
  /**
   * How a scenario ends that shows it broken: what it expects last, and whether only once all is
   * healed. Undefined if no scenario can show it.
   */
  readonly story: { readonly expects: string; readonly healed: boolean } | undefined;
}

/** All names. */
export type GuaranteeName =
  | (typeof HISTORY_GUARANTEES)[number]
  | 'one-leader-a-term'
  | 'no-split-brain'
  | 'linearizable'
  | 'converges'
  | 'all-answered'
  | 'invariants';

const isLinearizable = ({ reads }: Guarantees) => reads === 'linearizable';
const isDurable = ({ durable }: Guarantees) => durable;
const always = () => true;

/** How each guarantee of a client history is told, who claims it, and whether it needs the end. */
const OF_HISTORIES: Readonly<
  Record<(typeof HISTORY_GUARANTEES)[number], readonly [string, Guarantee['isClaimed'], healed: boolean]>
> = {
  'read-your-writes': ['a client reads what it has written', isLinearizable, false],
  'monotonic-reads': ['a client never reads an older value than before', isLinearizable, false],
  'monotonic-writes': ["a client's changes keep their order", isDurable, true],
  'no-lost-updates': ['no two changes are made over the same value', isDurable, false],
  'acknowledged-survive': ['what was acknowledged is there at the end', isDurable, true],
  'last-writer-stays': ['the last value written is there at the end', isDurable, true],
  'commands-once': ['a command of a session runs once', ({ once }) => once, false],
};

/** All of them, in the order of the table. */
export const GUARANTEES: readonly Guarantee[] = [
  {
    name: 'one-leader-a-term',
    title: 'a term has one leader',
    isClaimed: ({ oneLeaderPerTerm }) => oneLeaderPerTerm,
    story: { expects: 'one leader a term', healed: false },
  },
  {
    name: 'no-split-brain',
    title: 'no two lead and decide at once',
    isClaimed: isDurable,
    story: { expects: 'no-split-brain', healed: false },
  },
  {
    name: 'linearizable',
    title: 'all answers are linearizable',
    isClaimed: isLinearizable,
    story: { expects: 'linearizable', healed: false },
  },
  ...HISTORY_GUARANTEES.map((name): Guarantee => {
    const [title, isClaimed, healed] = OF_HISTORIES[name];
    return { name, title, isClaimed, story: { expects: name, healed } };
  }),
  {
    name: 'converges',
    title: 'once healed, all replicas come to agree',
    isClaimed: ({ converges }) => converges,
    story: { expects: 'all agree', healed: true },
  },
  {
    name: 'all-answered',
    title: 'once healed, every request is answered',
    isClaimed: always,
    story: undefined,
  },
  {
    name: 'invariants',
    title: 'its own invariants and asserts hold',
    isClaimed: always,
    story: { expects: '', healed: false },
  },
];
