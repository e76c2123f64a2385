/** A breadth-first search through all that a cluster can do. */
import type { Choice, Cluster } from './cluster.ts';

/** How far to go. */
export interface Bounds {
  /** The most choices on a way. */
  readonly depth: number;
  /** The most clusters to look at. */
  readonly clusters: number;
}

/** What was found. */
export interface Found {
  /** How many different clusters were looked at, and the most choices that led to one. */
  readonly clusters: number;
  readonly depth: number;
  /** Whether there is nothing else within the depth. */
  readonly isWhole: boolean;
  /** What is wrong, and the choices that lead there. */
  readonly wrong: { readonly what: string; readonly way: readonly string[] } | undefined;
}

interface Way {
  readonly cluster: Cluster;
  readonly text: string;
  readonly before: Way | undefined;
}

/** Looks at all that can become of a cluster, the nearest first, until something is wrong. */
export function search(begin: Cluster, bounds: Bounds): Found {
  const known = new Set([hash(begin.key)]);
  let level: Way[] = [{ cluster: begin, text: '', before: undefined }];
  for (let depth = 1; depth <= bounds.depth && level.length > 0; depth++) {
    const next: Way[] = [];
    for (const way of level) {
      for (const choice of way.cluster.choices()) {
        const after = take(choice, way);
        const what = typeof after === 'string' ? after : after.cluster.seen.wrong;
        if (what !== undefined) {
          const steps = typeof after === 'string' ? [...wayTo(way), choice.text] : wayTo(after);
          return { clusters: known.size, depth, isWhole: false, wrong: { what, way: steps } };
        }
        const { cluster } = after as Way;
        const key = hash(cluster.key);
        if (known.has(key)) continue;
        known.add(key);
        next.push(after as Way);
        if (known.size >= bounds.clusters)
          return { clusters: known.size, depth, isWhole: false, wrong: undefined };
      }
    }
    level = next;
  }
  return { clusters: known.size, depth: bounds.depth, isWhole: true, wrong: undefined };
}

/** Where a choice leads; a failed assertion of a replica in words. */
function take(choice: Choice, before: Way): Way | string {
  try {
    return { cluster: choice.take(), text: choice.text, before };
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
    throw error;
  }
}

function wayTo(way: Way): string[] {
  return way.before === undefined ? [] : [...wayTo(way.before), way.text];
}

/** 106 bits of a text, which are as good as the text and much shorter (FNV-1a, twice). */
function hash(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b + code, 0x5bd1e995) ^ (b >>> 15);
  }
  return `${a >>> 0}/${b >>> 0}/${text.length}`;
}
