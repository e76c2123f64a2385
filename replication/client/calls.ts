/** Calls that wait for their answers, and how many of them go into one batch. */
import { ReplicationError } from '../errors.ts';
import { type ClientRequest, MAX_BATCH, MAX_BATCH_BYTES, MAX_REQUEST_BYTES } from './wire.ts';

/** A call that has no answer yet. */
export interface Call {
  /** The request as it is to be sent now. */
  readonly request: () => ClientRequest;
  /** About how many bytes it takes. */
  readonly bytes: number;
  readonly deadline: number;
  /** Attempts that may have had an effect: those that were sent and not answered with "nothing happened". */
  attempts: number;
  /** How many times in a row the connection broke while a batch with this call was under way. */
  broken: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ReplicationError) => void;
}

/** Connections break for many reasons: only a call that was under way twice in a row may be the cause. */
const SUSPECT = 2;
/** Each time that a connection breaks over a batch of suspects, their batches become smaller by this factor. */
const NARROWING = 16;
/** A call that was under way in this many breaks in a row, and alone in the last one, is the cause. */
const MOST_BROKEN = 6;

export function isSuspect({ broken }: Call): boolean {
  return broken >= SUSPECT;
}

/** Whether a call over which the connection has just broken is the cause, as it was sent alone. */
export function isToBlame({ broken }: Call, batchSize: number): boolean {
  return batchSize === 1 && broken >= MOST_BROKEN;
}

/** Takes the next batch off a queue that is not empty: no more than a replica reads in one frame. */
export function takeBatch(queue: Call[]): Call[] {
  const { broken } = queue[0]!;
  const most = Math.max(1, Math.floor(MAX_BATCH / NARROWING ** Math.max(0, broken - SUSPECT + 1)));
  let count = 0;
  let bytes = 0;
  while (count < Math.min(most, queue.length)) {
    bytes += queue[count]!.bytes;
    if (count > 0 && bytes > MAX_BATCH_BYTES) break;
    count++;
  }
  return queue.splice(0, count);
}

const encoder = new TextEncoder();

/** About how many bytes a request takes. Throws `Rejected` where it cannot be sent, or no replica would read it. */
export function bytesOf(request: ClientRequest): number {
  let bytes: number;
  try {
    bytes = encoder.encode(JSON.stringify(request)).length;
  } catch (error) {
    throw new ReplicationError(
      'Rejected',
      `this cannot be sent: ${(error as Error).message.split('\n', 1)[0]}`,
    );
  }
  if (bytes <= MAX_REQUEST_BYTES) return bytes;
  throw new ReplicationError(
    'Rejected',
    `a request has at most ${MAX_REQUEST_BYTES} bytes, and this has ${bytes}`,
  );
}
