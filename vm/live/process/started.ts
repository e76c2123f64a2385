/** What tells a process from an earlier one that had the same id. */
import { readFileSync } from 'node:fs';

/** When a process was started, in a form to compare; undefined when it is not alive. */
export function startOf(pid: number): string | undefined {
  try {
    // Fields 3 (state) and 22 (start time) of Linux's /proc/PID/stat, counted after the name, which
    // may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return isAlive(pid) ? 'alive' : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
