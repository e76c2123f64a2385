/**
 * The durable disk of a live machine: a data directory, its integrity, and its repair. Needs Node.
 */
export { createDirectory } from './create-directory.ts';
export { DamagedDirectory, repairDirectory } from './damaged-directory.ts';
export { type Belonging, belongingIn, type DataOwner, writeBelonging } from './data-directory.ts';
export { nameByKey } from './database-layout.ts';
export { DurableDisk, type LiveDisk } from './durable-disk.ts';
export { makeFolders, syncFolder } from './folders.ts';
export { VolatileDisk } from './volatile-disk.ts';
