/**
 * The commands of `tickraft`, one line each: what it is called, what it is for, and where its code
 * is.
 */
import type { Command } from 'commander';

/** A command, whose code is loaded only when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  /** The heading that it stands under in `tickraft --help`. */
  readonly group: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

const CLUSTER = 'Run a cluster:';
const SIMULATION = 'Simulate:';
const ANALYSIS = 'Analyze:';

/** All commands, in the order of `tickraft --help`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    group: CLUSTER,
    description: 'run a whole cluster on this computer, one process per replica',
    load: async () => (await import('./chat/cli/up.ts')).upCommand(),
  },
  {
    name: 'replica',
    group: CLUSTER,
    description: 'run one replica of a cluster, for clusters over several computers',
    load: async () => (await import('./chat/cli/replica.ts')).replicaCommand(),
  },
  {
    name: 'status',
    group: CLUSTER,
    description: 'show the replicas of a cluster',
    load: async () => (await import('./replication/ops/status-command.ts')).statusCommand(),
  },
  {
    name: 'repair',
    group: CLUSTER,
    description: "find what is damaged in a replica's data, and repair it",
    load: async () => (await import('./chat/cli/repair.ts')).repairCommand(),
  },
  {
    name: 'drain',
    group: CLUSTER,
    description: 'take a replica out of use before it is stopped',
    load: async () => (await import('./replication/ops/drain.ts')).drainCommand(),
  },
  {
    name: 'resume',
    group: CLUSTER,
    description: 'take a drained replica into use again',
    load: async () => (await import('./replication/ops/drain.ts')).resumeCommand(),
  },
  {
    name: 'safe-to-stop',
    group: CLUSTER,
    description: 'say whether the cluster keeps a majority without a replica',
    load: async () => (await import('./replication/ops/safe-to-stop.ts')).safeToStopCommand(),
  },
  {
    name: 'member',
    group: CLUSTER,
    description: 'show and change the members of a running cluster',
    load: async () => (await import('./replication/ops/member.ts')).memberCommand(),
  },
  {
    name: 'autopilot',
    group: CLUSTER,
    description: 'show what the autopilot of a cluster would do, and let it act or not',
    load: async () => (await import('./replication/ops/autopilot.ts')).autopilotCommand(),
  },
  {
    name: 'backup',
    group: CLUSTER,
    description: 'write a backup of a running cluster',
    load: async () => (await import('./replication/ops/backup.ts')).backupCommand(),
  },
  {
    name: 'restore',
    group: CLUSTER,
    description: 'make the data of a new cluster from a backup',
    load: async () => (await import('./chat/cli/restore.ts')).restoreCommand(),
  },
  {
    name: 'recover',
    group: CLUSTER,
    description: 'by force: make a new cluster of the one replica that still has its data',
    load: async () => (await import('./chat/cli/recover.ts')).recoverCommand(),
  },
  {
    name: 'chat',
    group: CLUSTER,
    description: 'chat in this terminal, or through a pipe',
    load: async () => (await import('./chat/terminal/terminal.ts')).chatCommand(),
  },
  {
    name: 'clocks',
    group: SIMULATION,
    description: 'run the classic logical-clock exercise: machines of different speeds, random messages',
    load: async () => (await import('./analysis/cli/sweep.ts')).clocksWithSweep(),
  },
  {
    name: 'sim',
    group: SIMULATION,
    description: 'run a scenario, or put simulated clusters through random faults',
    load: async () => (await import('./analysis/cli/sim.ts')).simCommand(),
  },
  {
    name: 'compare',
    group: SIMULATION,
    description: 'put replication protocols through the same faults: what each guarantees and costs',
    load: async () => (await import('./analysis/cli/compare.ts')).compareCommand(),
  },
  {
    name: 'grade',
    group: SIMULATION,
    description: 'grade a program for a lab, and show where it fails',
    load: async () => (await import('./analysis/cli/grade.ts')).gradeCommand(),
  },
  {
    name: 'search',
    group: SIMULATION,
    description: 'go through all that a cluster can do after a scenario, for the shortest way to break it',
    load: async () => (await import('./analysis/cli/search.ts')).searchCommand(),
  },
  {
    name: 'analyze',
    group: ANALYSIS,
    description: 'measure runs by their logs, and check what must hold',
    load: async () => (await import('./analysis/cli/analyze.ts')).analyzeCommand(),
  },
  {
    name: 'check',
    group: ANALYSIS,
    description: 'decide whether a client history is linearizable',
    load: async () => (await import('./analysis/cli/check.ts')).checkCommand(),
  },
];
