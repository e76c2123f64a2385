/** Spans of what is asked of a replica, as a provider of one's own sees them. */
import {
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { keyValueMachine, startLocal } from '../../../replication/live/index.ts';

/** What is known of a span. */
interface Seen {
  readonly name: string;
  readonly attributes: unknown;
  status?: unknown;
  ended: boolean;
}

class Provider implements TracerProvider, Tracer {
  readonly seen: Seen[] = [];

  getTracer(): Tracer {
    return this;
  }

  startSpan(name: string, options: SpanOptions = {}): Span {
    const span: Seen = { name, attributes: options.attributes, ended: false };
    this.seen.push(span);
    const made: Partial<Span> = {
      isRecording: () => true,
      setStatus(status) {
        span.status = status;
        return this as Span;
      },
      end() {
        span.ended = true;
      },
    };
    return made as Span;
  }

  startActiveSpan(): never {
    throw new Error('replicas start no active spans');
  }
}

test('submits and reads have spans once a provider is registered, and none before', async () => {
  const provider = new Provider();
  const cluster = await startLocal({ machine: keyValueMachine, replicas: 1 });
  try {
    const replica = await cluster.leader();
    await replica.submit({ type: 'put', key: 'a', value: 'secret' });
    trace.setGlobalTracerProvider(provider);
    await replica.submit({ type: 'put', key: 'a', value: 'secret' });
    await replica.submitBatch({ commands: JSON.stringify([{ type: 'delete', key: 'a' }]), count: 1 });
    await replica.read({ type: 'get', key: 'a' });
    const gone = { session: 'zz-none', sequence: 1, acknowledged: 1 };
    await expect(replica.submit({ type: 'delete', key: 'a' }, gone)).rejects.toThrow();
    expect(provider.seen).toEqual([
      {
        name: 'tickraft.submit',
        attributes: { 'tickraft.replica': 'r1', 'tickraft.commands': 1 },
        ended: true,
      },
      {
        name: 'tickraft.submit',
        attributes: { 'tickraft.replica': 'r1', 'tickraft.commands': 1 },
        ended: true,
      },
      {
        name: 'tickraft.read',
        attributes: { 'tickraft.replica': 'r1', 'tickraft.consistency': 'linearizable' },
        ended: true,
      },
      {
        name: 'tickraft.submit',
        attributes: { 'tickraft.replica': 'r1', 'tickraft.commands': 1 },
        status: { code: SpanStatusCode.ERROR, message: 'SessionExpired' },
        ended: true,
      },
    ]);
  } finally {
    trace.disable();
    await cluster.stop();
  }
});
