/** A small file system for processes that are to find it full. */
import { spawnSync } from 'node:child_process';

/**
 * The command that runs `command` (words of the shell) with a new file system of so many MiB at
 * `folder`.
 */
export function onSmallDisk(folder: string, sizeMiB: number, command: string): [string, string[]] {
  const mount = `mount -t tmpfs -o size=${sizeMiB}m none "${folder}"`;
  // A user and mount namespace of its own: nobody else sees the mount, and it goes when the process
  // goes.
  return ['unshare', ['-rm', 'sh', '-c', `${mount} && ${command}`]];
}

/** Why there can be no small disk here, or undefined. */
export function noSmallDisk(): string | undefined {
  const tried = spawnSync(...onSmallDisk('/tmp', 8, 'true'), { encoding: 'utf8' });
  if (tried.status === 0) return undefined;
  return tried.error?.message ?? (tried.stderr.split('\n', 1)[0] || 'mounting is refused');
}
