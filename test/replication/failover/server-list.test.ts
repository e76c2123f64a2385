import { ServerList } from '../../../replication/failover/server-list.ts';

const replicas = [1, 2, 3].map((n) => ({ id: `r${n}`, url: `http://127.0.0.1:808${n}` }));

test('every given server is tried in turn, again and again', () => {
  const servers = new ServerList(['http://a:1', 'http://b:2/path']);
  expect([servers.next(), servers.next(), servers.next()]).toEqual([
    'http://a:1',
    'http://b:2',
    'http://a:1',
  ]);
});

test('a replica reached under another name is followed by its neighbour, not by itself', () => {
  const servers = new ServerList(['http://localhost:8081']);
  const url = servers.next();
  servers.learn(replicas);
  servers.reached({ id: 'r1', url });
  expect([servers.next(), servers.next(), servers.next()]).toEqual([
    'http://127.0.0.1:8082',
    'http://127.0.0.1:8083',
    'http://localhost:8081',
  ]);
});

test('replicas that no longer exist are forgotten, the given servers are not', () => {
  const servers = new ServerList(['http://given:1']);
  servers.learn(replicas);
  servers.learn(replicas.slice(2));
  expect(new Set([servers.next(), servers.next(), servers.next()])).toEqual(
    new Set(['http://127.0.0.1:8083', 'http://given:1']),
  );
});

test('a client without servers is an error', () => {
  expect(() => new ServerList([])).toThrow('needs the address of a server');
});
