/** Drained replicas, over real sockets: who leads meanwhile, and what they say of themselves. */
import { keyValueMachine, startLocal } from '../../../replication/live/index.ts';
import { greetingHeaders } from '../../../vm/live/index.ts';
import { until } from '../../support/live-cluster.ts';

type Cluster = Awaited<ReturnType<typeof startLocal<never, never, never, never>>>;

async function post(cluster: Pick<Cluster, 'addresses'>, id: string, action: string): Promise<unknown> {
  const { url } = cluster.addresses.find((one) => one.id === id)!;
  const response = await fetch(`${url}/admin/${action}`, { method: 'POST', headers: greetingHeaders({}) });
  return response.status === 200 ? await response.json() : response.status;
}

test('a drained leader hands over, stays out of the way, and is not ready until it is resumed', async () => {
  const cluster = await startLocal({ machine: keyValueMachine });
  try {
    const { id } = (await cluster.leader()).status();
    const ready = async () => {
      const { url } = cluster.addresses.find((one) => one.id === id)!;
      const response = await fetch(`${url}/readyz?verbose`);
      return [response.status, (await response.text()).includes('[-]not-draining failed: it is drained')];
    };
    expect(await ready()).toEqual([200, false]);
    expect(await post(cluster, id, 'drain')).toEqual({ id, draining: true, already: false, leads: false });
    const next = (await cluster.leader()).status().id;
    expect(next).not.toBe(id);
    expect(cluster.replicas.get(id)!.status().draining).toBe(true);
    expect(await ready()).toEqual([503, true]);
    expect(await post(cluster, id, 'drain')).toEqual({ id, draining: true, already: true, leads: false });
    // It still counts: with one of the others gone, it and the third are the majority.
    await cluster.kill(next);
    const third = cluster.addresses.find((one) => one.id !== id && one.id !== next)!.id;
    await until(() => (cluster.replicas.get(third)!.status().role === 'leader' ? true : undefined));
    await cluster.replicas.get(id)!.submit({ type: 'put', key: 'a', value: 1 });
    expect(await post(cluster, id, 'resume')).toEqual({ id, draining: false, already: false, leads: false });
    expect(await post(cluster, id, 'resume')).toEqual({ id, draining: false, already: true, leads: false });
    expect(await ready()).toEqual([200, false]);
  } finally {
    await cluster.stop();
  }
});

test('a drained replica that alone could lead does so, until another can take over', async () => {
  const cluster = await startLocal({ machine: keyValueMachine });
  try {
    const { id } = (await cluster.leader()).status();
    const others = cluster.addresses.map((one) => one.id).filter((one) => one !== id);
    for (const other of others) await post(cluster, other, 'drain');
    await cluster.kill(id);
    const { id: elected } = (await cluster.leader()).status();
    expect(others).toContain(elected);
    await cluster.replicas.get(elected)!.submit({ type: 'put', key: 'a', value: 1 });
    await cluster.restart(id);
    await until(() => (cluster.replicas.get(id)!.status().role === 'leader' ? true : undefined));
  } finally {
    await cluster.stop();
  }
});

test('a leader whom nobody can replace says so, and goes on', async () => {
  const cluster = await startLocal({ machine: keyValueMachine, replicas: 1 });
  try {
    expect(await post(cluster, 'r1', 'drain')).toEqual({
      id: 'r1',
      draining: true,
      already: false,
      leads: true,
    });
    await (await cluster.leader()).submit({ type: 'put', key: 'a', value: 1 });
    expect(await post(cluster, 'r1', 'toast')).toBe(404);
    expect(await post(cluster, 'r1', 'constructor')).toBe(404);
  } finally {
    await cluster.stop();
  }
});
