/** `tickraft backup`: one file with the data of a running cluster. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { reason } from '../../vm/index.ts';
import { syncFolder } from '../../vm/live/disk/index.ts';
import { shortId } from '../../vm/live/index.ts';
import { type BackupHeader, BackupParser } from '../backup/format.ts';
import { postAdmin } from './admin-client.ts';
import { configOption, readOptions, secretFlag, serverFlag, textOption, urlOption } from './options.ts';
import { readSecret } from './secret.ts';

const optionsSchema = z.object({ server: urlOption, secretFile: textOption.optional(), json: z.boolean() });

/** The command. */
export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'Write a backup of a running cluster: all data as of one entry of its log, with everything acknowledged before.',
    )
    .argument('<file>', 'the file to write, which must not be there yet')
    .addOption(serverFlag())
    .addOption(secretFlag())
    .option('--json', 'print one JSON document instead of text', false)
    .addOption(configOption())
    .addHelpText(
      'after',
      `
The file holds accounts, password hashes and messages as the replicas have them: keep it as you keep them.
Name a follower with --server to spare the leader. tickraft restore makes a new cluster of the file.

Exit codes: 0 the file is whole and checked; 1 it could not be done, and there is no file; 2 wrong usage.`,
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      const { server, secretFile, json } = readOptions(command, optionsSchema);
      const made = await fetchBackup(server, readSecret(secretFile), file);
      const { header, pairs, bytes } = made;
      const text = `${file} holds cluster ${shortId(header.cluster)} as of entry ${header.index}: ${pairs} records, ${bytes} bytes`;
      process.stdout.write(`${json ? JSON.stringify({ file, ...made }) : text}\n`);
    });
}

/** A backup that was written. */
interface Written {
  readonly header: BackupHeader;
  readonly pairs: number;
  readonly bytes: number;
}

/** Writes a backup of the replica at `server` to `file`: whole, or not at all. */
async function fetchBackup(server: string, secret: string | undefined, file: string): Promise<Written> {
  if (existsSync(file)) throw new Error(`${file} is there already: name another file`);
  const response = await postAdmin(server, 'backup', secret);
  const partial = `${file}.partial`;
  let handle: FileHandle | undefined;
  try {
    // It holds password hashes.
    handle = await open(partial, 'w', 0o600);
    const written = await copy(response, handle, server);
    await handle.sync();
    await handle.close();
    renameSync(partial, file);
    syncFolder(dirname(file));
    return written;
  } catch (error) {
    await handle?.close().catch(() => {});
    rmSync(partial, { force: true });
    throw new Error(`no backup was made: ${reason(error)}`, { cause: error });
  }
}

async function copy(response: Response, handle: FileHandle, server: string): Promise<Written> {
  const parser = new BackupParser(`what ${server} sent`);
  let bytes = 0;
  for await (const piece of response.body!) {
    parser.push(Buffer.from(piece));
    await handle.writeFile(piece);
    bytes += piece.length;
  }
  parser.finish();
  return { header: parser.header!, pairs: parser.pairs, bytes };
}
