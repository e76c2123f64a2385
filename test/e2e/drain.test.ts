/** A replica is drained, stopped and brought back from the command line, as before an upgrade. */
import { join } from 'node:path';
import { freePorts, LiveCluster, tickraft, until } from '../support/live-cluster.ts';

let cluster: LiveCluster;
const secret = () => ['--secret-file', join(cluster.folder, 'data/secret')];

beforeAll(async () => {
  cluster = await LiveCluster.start(3);
});

afterAll(async () => {
  await cluster.stop();
  cluster.remove();
});

test('drain, safe-to-stop, stop, start, resume: nobody else is needed, and saying it twice is harmless', async () => {
  const id = await until(() => cluster.leader());
  const other = [...cluster.urls.keys()].find((one) => one !== id)!;
  const server = ['--server', cluster.url(other)];
  expect(await tickraft('drain', id, ...server)).toMatchObject({
    code: 1,
    stderr: `error: ${cluster.url(id)} refused: the cluster's secret is required\n`,
  });
  const drained = await tickraft('drain', id, ...server, ...secret());
  expect([drained.code, drained.stdout]).toEqual([
    0,
    `${id} is drained: it does not lead, and is not ready for clients\n`,
  ]);
  const again = await tickraft('drain', id, ...server, ...secret(), '--json');
  expect([again.code, JSON.parse(again.stdout)]).toEqual([
    0,
    { id, draining: true, already: true, leads: false },
  ]);
  expect((await tickraft('status', ...server)).stdout).toMatch(new RegExp(`^${id} .*follower, drained`, 'm'));
  expect((await fetch(`${cluster.url(id)}/readyz`)).status).toBe(503);
  expect(await tickraft('safe-to-stop', id, ...server)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${id} may be stopped: `),
  });
  await cluster.kill(id, 'SIGTERM');
  const unsafe = await tickraft('safe-to-stop', other, ...server, '--json');
  expect([unsafe.code, JSON.parse(unsafe.stdout)]).toMatchObject([1, { id: other, safe: false, needed: 2 }]);
  expect(await tickraft('drain', id, ...server, ...secret())).toMatchObject({
    code: 1,
    stderr: `error: no replica answers at ${cluster.url(id)}\n`,
  });
  await cluster.restart(id);
  // A start ends it.
  await until(async () => ((await fetch(`${cluster.url(id)}/readyz`)).status === 200 ? true : undefined));
  const resumed = await tickraft('resume', id, ...server, ...secret());
  expect([resumed.code, resumed.stdout]).toEqual([0, `${id} is in use already\n`]);
});

test('a replica that there is not is refused, and a cluster that does not answer is not known', async () => {
  const server = ['--server', cluster.url('r1')];
  expect(await tickraft('drain', 'r9', ...server, ...secret())).toMatchObject({
    code: 1,
    stderr: 'error: there is no replica r9: there are r1, r2, r3\n',
  });
  const nowhere = ['--server', `http://127.0.0.1:${await freePorts(1)}`];
  expect(await tickraft('safe-to-stop', 'r1', ...nowhere)).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^error: no replica answers at .*\n$/),
  });
  expect((await tickraft('drain', 'r1', ...nowhere)).code).toBe(1);
  expect((await tickraft('drain')).code).toBe(2);
});
