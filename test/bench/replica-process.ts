/** Starts the replicas that the live benchmarks measure: bundled, as the command line is. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { RaftSettings } from '../../replication/raft/settings.ts';
import { type Process, startProcess } from './cluster.ts';
import { atEnd } from './ending.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The settings of a replica process. */
export interface ReplicaArguments {
  readonly id: string;
  readonly folder: string;
  readonly recording: boolean;
  readonly rate: number;
  /** Instead of those of the live pace. */
  readonly settings: Partial<RaftSettings>;
  readonly replicas: readonly { readonly id: string; readonly url: string }[];
}

/** The settings of a replica that can join a running cluster. */
export interface MemberArguments extends Pick<ReplicaArguments, 'id' | 'folder' | 'replicas'> {
  /** Where members of that cluster are. Default: it is one of its founders. */
  readonly join?: readonly string[] | undefined;
}

const bundles = new Map<string, Promise<string>>();

/** Starts a replica. Resolves once it listens. */
export async function startReplicaProcess(own: ReplicaArguments): Promise<Process> {
  return startProcess(process.execPath, [await bundledReplica(), JSON.stringify(own)], 'channel');
}

/** Starts a replica that can join a running cluster. Resolves once it listens. */
export async function startMemberProcess(own: MemberArguments): Promise<Process> {
  return startProcess(process.execPath, [await bundled('member-replica'), JSON.stringify(own)], 'channel');
}

/** The path of the bundle, which is made at the first call. */
export function bundledReplica(): Promise<string> {
  return bundled('replica');
}

function bundled(name: string): Promise<string> {
  const known = bundles.get(name) ?? bundleProgram(name);
  bundles.set(name, known);
  return known;
}

/** Bundles a program of this folder where it finds the packages that stay outside. */
async function bundleProgram(name: string): Promise<string> {
  const caches = join(ROOT, 'node_modules/.cache');
  mkdirSync(caches, { recursive: true });
  const outDir = mkdtempSync(join(caches, 'tickraft-bench-'));
  atEnd(() => rmSync(outDir, { recursive: true, force: true }));
  await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['lmdb'] },
    build: {
      ssr: fileURLToPath(new URL(`./${name}.ts`, import.meta.url)),
      target: 'node20',
      minify: false,
      outDir,
    },
  });
  return join(outDir, `${name}.js`);
}
