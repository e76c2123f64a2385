/** What a data directory remembers of the cluster that its machine was added to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveError } from '../../../../vm/errors.ts';
import { belongingIn } from '../../../../vm/live/disk/data-directory.ts';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';

const owner = { id: 'm4', cluster: 'test' };
const root = mkdtempSync(join(tmpdir(), 'tickraft-belonging-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a new directory keeps that its machine was added to a cluster, whatever later starts say', async () => {
  const directory = join(root, 'joining');
  expect(belongingIn(directory, owner)).toBeUndefined();
  const first = DurableDisk.open(directory, owner, { fresh: { clusterId: 'c1', joining: true } });
  expect([first.clusterId, first.joining]).toEqual(['c1', true]);
  await first.close();
  expect(belongingIn(directory, owner)).toEqual({ clusterId: 'c1', joining: true });
  const later = DurableDisk.open(directory, owner);
  expect([later.clusterId, later.joining]).toEqual(['c1', true]);
  await later.close();
});

test('a directory that there is does not become that of an added machine', async () => {
  const directory = join(root, 'founder');
  const first = DurableDisk.open(directory, owner);
  first.identify('c1');
  await first.close();
  const later = DurableDisk.open(directory, owner, { fresh: { clusterId: 'c2', joining: true } });
  expect([later.clusterId, later.joining]).toEqual(['c1', false]);
  await later.close();
});

test('the data of a machine that was removed is not used again', async () => {
  const directory = join(root, 'removed');
  const disk = DurableDisk.open(directory, owner);
  disk.identify('c1');
  disk.retire();
  await disk.close();
  expect(belongingIn(directory, owner)).toEqual({ clusterId: 'c1', removed: true });
  expect(() => DurableDisk.open(directory, owner)).toThrow(
    new LiveError('Removed', `m4 was removed from its cluster: to use the name again, delete ${directory}`),
  );
});
