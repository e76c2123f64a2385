/**
 * Which replicas answer, seen from this browser. The replicas are other origins, so only whether
 * they answer can be seen, not the answer itself.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Cluster } from '../wire.ts';

/** Whether a replica answers. */
export type Health = 'up' | 'down';

/** How often the replicas are asked, and how long each may take to answer. */
const EVERY_MS = 3_000;
const TIMEOUT_MS = 2_500;

/** Polls the replicas of the cluster while the page is visible. */
export function watchHealth(cluster: ReadonlySignal<Cluster>): ReadonlySignal<ReadonlyMap<string, Health>> {
  const health = signal<ReadonlyMap<string, Health>>(new Map());
  const replicas = computed(() => JSON.stringify(cluster.value.replicas));
  const look = async () => {
    if (document.visibilityState !== 'visible') return;
    const all = cluster.peek().replicas.map(async ({ id, url }) => [id, await probe(url)] as const);
    health.value = new Map(await Promise.all(all));
  };
  setInterval(look, EVERY_MS);
  effect(() => {
    if (replicas.value) void look();
  });
  return health;
}

async function probe(url: string): Promise<Health> {
  try {
    await fetch(`${url}/health`, {
      mode: 'no-cors',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return 'up';
  } catch {
    return 'down';
  }
}
