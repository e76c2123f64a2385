/**
 * Spans of OpenTelemetry for what is asked of a replica. Without a provider that somebody has
 * registered there are none, and nothing is measured. A span never says what a command holds.
 */
import { type Attributes, SpanStatusCode, trace } from '@opentelemetry/api';
import { ReplicationError } from '../errors.ts';

const tracer = trace.getTracer('tickraft');

/** Does `work` in a span, as a child of the one that is active. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const span = tracer.startSpan(name, { attributes });
  if (!span.isRecording()) return work();
  const failed = (error: unknown) => {
    const message = error instanceof ReplicationError ? error.code : 'Internal';
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  };
  return work()
    .catch((error: unknown) => {
      failed(error);
      throw error;
    })
    .finally(() => span.end());
}
