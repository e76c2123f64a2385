/**
 * The page of the reference about the protocols: what each guarantees, made from its `Guarantees`,
 * and what it lacks, made from the conformance suite.
 */
import { ACKS } from '../../replication/primary-backup/settings.ts';
import type { Guarantees } from '../../replication/protocol.ts';
import { PROTOCOLS } from '../../replication/sim/index.ts';
import { REQUIREMENTS, type RequirementName } from '../replication/conformance/requirements.ts';
import { SUBJECTS, type Subject } from '../replication/conformance/subjects.ts';
import { answersTo, candidatesOf, STORIES } from '../replication/stories/stories.ts';
import { cell, GENERATED, table } from './markdown.ts';

/** What a guarantee is called, and what it says of a protocol. */
const GUARANTEES: readonly (readonly [string, (guarantees: Guarantees) => string])[] = [
  ['one leader a term', ({ oneLeaderPerTerm }) => yesOrNo(oneLeaderPerTerm)],
  ['acknowledged commands survive a minority', ({ durable }) => yesOrNo(durable)],
  ['reads', ({ reads }) => reads],
  ['a command of a session runs once', ({ once }) => yesOrNo(once)],
  ['replicas converge', ({ converges }) => yesOrNo(converges)],
  ['needed of 3, of 5', ({ servedBy }) => `${servedBy(3)}, ${servedBy(5)}`],
  ['while links to the others flap', ({ servedWhileOthersFlap }) => yesOrNo(servedWhileOthersFlap)],
];

/** `protocols.md`. */
export function protocolsPage(): string {
  return `# Protocols

${GENERATED}

A cluster can run each of these: \`npx tickraft up --protocol primary-backup\`, and in code \`startReplica({ protocol: 'nwr', ... })\`. So can
scenarios and campaigns: \`cluster primary-backup 3 seed 7\`, \`npx tickraft sim --seeds 100 --protocol nwr\`. All replicate the same state
machines and take the same requests. They differ in what they guarantee.

| protocol | who orders commands | where |
| --- | --- | --- |
| \`raft\` | a leader that a majority has elected | [replication/raft](../../replication/raft/README.md) |
| \`primary-backup\` | a primary, elected in the same way, that waits for as many backups as \`ack\` says: ${words(ACKS)} | [replication/primary-backup](../../replication/primary-backup/README.md) |
| \`lowest-port\` | the living server with the lowest id | [replication/lowest-port](../../replication/lowest-port/README.md) |
| \`nwr\` | nobody: any machine serves, over R of N copies, and writes W | [replication/nwr](../../replication/nwr/README.md) |

## What each guarantees

Whatever crashes, and however the network behaves. Invariants and campaigns hold a protocol to what it claims here, and to no more.

${table(['', ...SUBJECTS.map(({ name }) => name)], guaranteeRows())}

Needed: how many of the replicas must be up and reach each other, so that they serve clients while all others are down. Eventual
reads give a value that the key has had, perhaps not the last one acknowledged. With quorums that overlap (R + W > N) and without hand-off
a read sees each change that was acknowledged before it, as long as nobody changes the key at the same time; with hand-off other machines
take the place of those that should overlap (\`nwr-sloppy-reads-old\`).

## What each is held to

One suite of tests for all ([test/replication/conformance](../../test/replication/conformance/conformance.test.ts)). A dash is a skip:
the run of that requirement is seen to fail there.

${table(['requirement', ...SUBJECTS.map(({ name }) => name)], requirementRows())}

## Why they lack what they lack

${table(['protocol', 'lacks', 'why', 'shown by'], SUBJECTS.flatMap(lackRows))}

The scenarios are in \`test/golden/\`: \`npx tickraft sim test/golden/lowest-port-splits.scenario\`. How often each is
broken under random faults, and what each protocol costs: [comparing](compare.md#what-it-found).

## What becomes of the same stories

Servers are stopped and come back, and somebody signs up, logs in and out meanwhile
([the stories](../../test/replication/stories/stories.ts), three machines of 100 ticks a second; clients have sessions). \`NoLeader\`: it did
not happen. \`Indeterminate\`: the client is told that it may have happened or not.

${table(['', ...SUBJECTS.map(({ name }) => name)], storyRows())}

## In a live cluster

${table(['', 'primary-backup', 'lowest-port', 'nwr'], LIVE)}

Members, and with them \`--join\`, the autopilot, draining, backups, leases and forced recovery, are Raft's alone: a request for one of them is
\`Rejected\`, and a flag that asks for it is refused. All replicas must be started with the same protocol and settings. A replica of another
protocol is refused at the door, in one line on both sides, and so is its data directory: \`tickraft.json\` names the cluster
\`chat (nwr)\`, and for Raft just \`chat\`. The cluster's id is made of that and of the members' names, so data of other members is refused,
but two clusters with the same names are not told apart.

A server of \`lowest-port\` that starts and hears nobody leads after three times \`--election-timeout\`. If the others live, and their links come
up only later, its state replaces theirs (\`lowest-port-forgets-a-night\`).

## Settings

\`set NAME VALUE\` in a scenario. All have \`eager\` (\`off\`: they act at ticks only).

${table(['protocol', 'settings'], SETTINGS)}
`;
}

function storyRows(): string[][] {
  const told = SUBJECTS.map((subject) => STORIES.map((story) => answersTo(subject, story)));
  const rows = STORIES.flatMap(({ questions }, story) =>
    questions.map(({ asks }, i) => [cell(asks), ...told.map((answers) => answers[story]![i]!)]),
  );
  const led = SUBJECTS.map(candidatesOf);
  return [
    ...rows,
    ['n1 and n2 do not hear each other, n3 hears both: how many lead', ...led.map(([apart]) => apart!)],
    ['they hear each other again', ...led.map(([, together]) => together!)],
  ];
}

const LIVE: readonly (readonly string[])[] = [
  [
    'flags',
    '`--ack`, `--sole-survivor`, `--election-timeout`, `--heartbeat`',
    '`--election-timeout`, `--heartbeat`',
    '`--nwr`, `--no-handoff`',
  ],
  [
    'who leads, in `tickraft status`',
    '`primary`',
    '`master`',
    'nobody: each is a `replica`, and healthy without a leader',
  ],
  [
    'the others wait for a silent leader',
    'from `--election-timeout` to 1.5 times that, also if it ended gracefully',
    'for `--election-timeout`, in three misses',
    '',
  ],
  ['`/metrics` about followers', 'yes', 'yes', 'no'],
  [
    '`tickraft analyze`',
    'clocks, links, terms, one primary a term, commits and applications',
    'clocks and links',
    'clocks and links',
  ],
];

const SETTINGS: readonly (readonly string[])[] = [
  [
    'primary-backup',
    '`ack` (`all-alive`, `majority`, `primary`), `soleSurvivor`, `electionTicks`, `silentTicks` until a backup is dropped',
  ],
  [
    'lowest-port',
    '`missTicks` until a server is suspect, `deadMisses` until it is dead, `longestBackoff`, `joinTicks`',
  ],
  [
    'primary-backup, lowest-port',
    '`heartbeatTicks`, `requestTicks`, `maxWaiting`, `maxLogEntries`, `maxEntriesPerUpdate`, `maxBytesPerPage`, and the limits of sessions',
  ],
  [
    'nwr',
    '`quorum` (N/W/R: `3/2/2`), `conflicts` (`last-writer`, `siblings`), `handoff`, `readRepair`, `spreadTicks`, `retryTicks`, `requestTicks`, `maxWaiting`, `maxKeysPerSpread`',
  ],
];

function guaranteesOf({ protocol, settings }: Subject): Guarantees {
  return PROTOCOLS[protocol]!.create('quick', settings).guarantees;
}

function guaranteeRows(): string[][] {
  return GUARANTEES.map(([name, say]) => [name, ...SUBJECTS.map((subject) => say(guaranteesOf(subject)))]);
}

function requirementRows(): string[][] {
  return Object.entries(REQUIREMENTS).map(([name, { says }]) => [
    cell(says),
    ...SUBJECTS.map(({ lacks }) => (lacks[name as RequirementName] === undefined ? 'yes' : '-')),
  ]);
}

function lackRows({ name, lacks }: Subject): string[][] {
  return Object.entries(lacks).map(([requirement, { why, story }]) => [
    name,
    cell(REQUIREMENTS[requirement as RequirementName].says),
    cell(why),
    story === undefined ? '' : `\`${story}\``,
  ]);
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'no';
}

function words(all: readonly string[]): string {
  return all.map((word) => `\`${word}\``).join(', ');
}
