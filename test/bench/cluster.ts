/**
 * The clusters that are compared: three members on this computer, each a process with its own disk.
 */
import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { atEnd } from './ending.ts';

/** One connection that durable writes go over. */
export interface Connection {
  /** Resolves once the write is acknowledged; rejects if it failed, or may have. */
  put(key: string, value: string): Promise<unknown>;
  close(): void;
}

/** How soon a silent leader is given up, in milliseconds: etcd's two settings. */
export interface Timeouts {
  readonly heartbeatMs: number;
  readonly electionMs: number;
}

/** Three members, by number from 0. */
export interface Cluster {
  readonly name: string;
  /** Resolves once all members run, follow one leader and have the same log; with the leader. */
  settled(): Promise<number>;
  connect(member: number): Promise<Connection>;
  /** Ends a member with SIGKILL. */
  kill(member: number): void;
  /** Starts a killed member on its old disk. */
  start(member: number): Promise<void>;
  stop(): void;
  /** Seconds of processor time that all members have taken so far. */
  processorSeconds(): number;
}

/** What a member says of itself. */
export interface MemberState {
  readonly leads: boolean;
  readonly leader: string | undefined;
  readonly lastIndex: number;
}

export const MEMBERS = [0, 1, 2] as const;
/** How long members may take to agree, and between two looks at them, in milliseconds. */
const SETTLE_MS = 30_000;
const LOOK_MS = 50;

/**
 * Waits until all members name one leader and their logs end at the same entry; returns the leader.
 */
export async function settle(
  name: string,
  ask: (member: number) => Promise<MemberState | undefined>,
): Promise<number> {
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; ) {
    const states = await Promise.all(MEMBERS.map(ask));
    const [first] = states;
    const agree = (state: MemberState | undefined) =>
      state?.leader !== undefined && state.leader === first?.leader && state.lastIndex === first.lastIndex;
    const leader = states.findIndex((state) => state?.leads);
    if (leader !== -1 && states.every(agree)) return leader;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`${name}: no leader that all members follow after ${SETTLE_MS / 1000} s`);
}

/** A process that ends with this one. */
export interface Process {
  /** The first that it says on standard output. */
  readonly said: string;
  readonly pid: number;
  readonly kill: () => void;
}

/**
 * Starts a process and waits until it says something. `tie` is how it notices that this process has
 * gone without a word: its channel closes, or its standard input.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  tie: 'channel' | 'stdin',
): Promise<Process> {
  const [stdin, channel] = tie === 'channel' ? ['ignore', 'ipc'] : ['pipe', 'ignore'];
  const child = spawn(command, args, { stdio: [stdin, 'pipe', 'inherit', channel] as StdioOptions });
  const kill = atEnd(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with code ${code} before it was ready`);
  });
  const [said] = (await Promise.race([once(child.stdout!, 'data'), ended])) as [Buffer];
  ended.catch(() => {});
  return { said: said.toString().trim(), pid: child.pid!, kill };
}

/** Ports of this machine that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
