/**
 * Futures are calculated beside the page, so that it goes on moving. The worker is the page's own
 * script, which knows the simulator already.
 */
import { type Sample, type Sampling, sample } from './sample.ts';

interface WorkerScope {
  onmessage: ((event: { readonly data: Sampling }) => void) | null;
  postMessage(sample: Sample | 'done'): void;
}

/** What the script does where there is no page. */
export function serveFutures(scope: WorkerScope): void {
  scope.onmessage = ({ data }) => {
    for (const found of sample(data)) scope.postMessage(found);
    scope.postMessage('done');
  };
}

/** Hears of each sample; resolves once all are there. `signal` ends it before. */
export function askFutures(
  script: string,
  sampling: Sampling,
  found: (sample: Sample) => void,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(script, { type: 'module' });
  return new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => resolve());
    worker.onmessage = ({ data }: MessageEvent<Sample | 'done'>) => {
      if (data === 'done') resolve();
      else found(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(sampling);
  }).finally(() => worker.terminate());
}
