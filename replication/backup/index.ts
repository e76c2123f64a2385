/** Backups of a whole cluster: one file with its data, and a new cluster from it. Needs Node. */
export { type Restored, restoreBackup } from './restore.ts';
