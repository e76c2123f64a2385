/**
 * A log on disk: writes are appended in groups, each of them atomic and durable with one sync, and
 * nothing is ever overwritten.
 *
 * It keeps the last value of some keys (`Live`), and lets others pass on their way to a database
 * that is brought after it from time to time: until the database has them, the log can give them
 * again. It consists of segments, files of one size that are filled with zeros before they are
 * used, so that a sync need not write where a file ends. A segment is dropped once the database has
 * what passed through it, all segments before it are dropped too, and none of its records is the
 * last one of a key; of a log that is mostly superseded, the last such records are written once
 * more. A deletion is needed no longer than what it deletes, which is in the same segment or in one
 * before.
 *
 * Each start begins a segment. So the end of what it has found is fixed by the header of that
 * segment, and what a crash may have left behind that end never matters again.
 *
 * This file decides what is to be written; others carry the steps out, and say so. Left out:
 * several writes under way at once.
 */
import type { Value } from '../store.ts';
import type { FileStep } from './files.ts';
import {
  type Codec,
  encodeGroup,
  encodeHeader,
  HEADER_BYTES,
  type LogRecord,
  saltOf,
  sealGroup,
} from './layout.ts';
import type { LogFound } from './read-log.ts';
import { LiveRecords, type Mark, NEW_FILE, type Segment, SPARE_FILE, segmentName } from './segment.ts';

/** A log of at most so many segments is never rewritten. */
const FEW_SEGMENTS = 4;
/** Larger files than usual are of a multiple of this size. */
const BLOCK_BYTES = 4096;

/** Records that become durable together. */
export interface Group {
  /** What makes them durable, in this order. Only after the last step they are. */
  readonly steps: readonly FileStep[];
  /** How many bytes the files grow by. */
  readonly grows: number;
  readonly records: readonly LogRecord[];
  readonly recordBytes: readonly number[];
  readonly sequence: number;
  readonly checksum: number;
  /** The segment that it is in, a new one maybe, and where it ends there. */
  readonly segment: Segment;
  readonly end: number;
}

/** The log of one disk, as it is after the last group that was `appended`. */
export class DiskLog {
  readonly #identity: Uint8Array;
  readonly #segmentBytes: number;
  readonly #codec: Codec;
  readonly #segments: Segment[];
  readonly #live: LiveRecords;
  #sequence: number;
  #checksum: number;
  #number: number;
  /** The segment that groups are appended to; undefined before the first group after a start. */
  #active: Segment | undefined;
  #hasSpare = false;

  /**
   * Continues what was found, or begins a log. `segmentBytes`: the usual size of its files.
   * `found` must be undamaged, and its `recovery` done.
   */
  constructor(identity: Uint8Array, segmentBytes: number, codec: Codec, found?: LogFound) {
    this.#identity = identity;
    this.#segmentBytes = segmentBytes;
    this.#codec = codec;
    this.#segments = [...(found?.segments ?? [])];
    this.#live = found?.live ?? new LiveRecords();
    this.#sequence = found?.sequence ?? 0;
    this.#checksum = found?.checksum ?? 0;
    this.#number = this.#segments.at(-1)?.number ?? 0;
  }

  /** The keys that the log keeps, with their last values. In no order. */
  get records(): Iterable<readonly [string, Value]> {
    return this.#live;
  }

  /**
   * What is to be done to make records, each of another key, durable together. Nothing counts as
   * done before `appended`; until then the same may be prepared anew.
   */
  prepare(records: readonly LogRecord[]): Group {
    const all = [...records, ...this.#rewritten(records)];
    const sequence = this.#sequence + 1;
    const { bytes, recordBytes } = encodeGroup(all, sequence, this.#checksum, this.#codec);
    const active = this.#active;
    const fits = active !== undefined && active.end + bytes.length <= active.bytes;
    const { segment, header } = fits
      ? { segment: active, header: undefined }
      : this.#newSegment(bytes.length);
    const checksum = sealGroup(bytes, segment.salt, this.#codec);
    const end = segment.end + bytes.length;
    const group = { records: all, recordBytes, sequence, checksum, segment, end };
    if (header !== undefined) return { ...group, ...this.#begin(segment, header, bytes) };
    const name = segmentName(segment.number);
    return {
      ...group,
      steps: [
        { do: 'write', name, at: segment.end, bytes },
        { do: 'sync', name },
      ],
      grows: 0,
    };
  }

  /** The steps of a group have been carried out: it is durable. */
  appended({ records, recordBytes, sequence, checksum, segment, end, steps }: Group): void {
    if (segment !== this.#active) {
      this.#segments.push(segment);
      this.#active = segment;
      this.#number = segment.number;
      if (steps.some((step) => step.do === 'rename' && step.from === SPARE_FILE)) this.#hasSpare = false;
    }
    for (const [i, { key, value, passing }] of records.entries())
      if (!passing) this.#live.set(key, value, segment, recordBytes[i]!);
    segment.end = end;
    segment.sequence = sequence;
    this.#sequence = sequence;
    this.#checksum = checksum;
  }

  /** What may be remembered of the log, once all that passed through it has arrived. */
  get mark(): Mark {
    const last = this.#segments.at(-1);
    const needed = this.#segments.find((segment) => segment.live > 0) ?? last;
    return { first: needed?.number ?? this.#number + 1, applied: this.#sequence };
  }

  /** Whether there is a segment that is not needed once all that passed through it has arrived. */
  get hasUnneeded(): boolean {
    return this.#segments.length > 1 && this.#segments[0]!.live === 0;
  }

  /**
   * Drops the segments before `first`, after a mark with it is durable. The steps need not be
   * durable at any time, and may be carried out while a group is being appended.
   */
  drop(first: number): FileStep[] {
    const count = this.#segments.findIndex(({ number }) => number >= first);
    return this.#segments.splice(0, count).map(({ number }) => ({ do: 'remove', name: segmentName(number) }));
  }

  /** Whether the next segment is made already, so that a group need not wait for that. */
  get hasSpare(): boolean {
    return this.#hasSpare;
  }

  /**
   * What makes the next segment ahead of time. The steps may be carried out while a group is being
   * appended; then comes `spareMade`.
   */
  spareSteps(): FileStep[] {
    return [
      { do: 'create', name: SPARE_FILE, bytes: this.#segmentBytes },
      { do: 'sync', name: SPARE_FILE },
    ];
  }

  spareMade(): void {
    this.#hasSpare = true;
  }

  /** A segment for a group of so many bytes, and its header. */
  #newSegment(groupBytes: number): { segment: Segment; header: Uint8Array } {
    const number = this.#number + 1;
    const [sequence, checksum, identity] = [this.#sequence, this.#checksum, this.#identity];
    const header = encodeHeader({ number, sequence, checksum, identity }, this.#codec);
    const needed = HEADER_BYTES + groupBytes;
    const isUsual = needed <= this.#segmentBytes;
    const bytes = isUsual ? this.#segmentBytes : Math.ceil(needed / BLOCK_BYTES) * BLOCK_BYTES;
    const segment = { number, bytes, salt: saltOf(header), end: HEADER_BYTES, sequence, live: 0 };
    return { segment, header };
  }

  /** The steps that begin a segment with a group: it gets its name once all of it is durable. */
  #begin(segment: Segment, header: Uint8Array, group: Uint8Array): Pick<Group, 'steps' | 'grows'> {
    const usesSpare = this.#hasSpare && segment.bytes === this.#segmentBytes;
    const file = usesSpare ? SPARE_FILE : NEW_FILE;
    const bytes = new Uint8Array(HEADER_BYTES + group.length);
    bytes.set(header);
    bytes.set(group, HEADER_BYTES);
    const steps: FileStep[] = usesSpare ? [] : [{ do: 'create', name: file, bytes: segment.bytes }];
    steps.push(
      { do: 'write', name: file, at: 0, bytes },
      { do: 'sync', name: file },
      { do: 'rename', from: file, to: segmentName(segment.number) },
      { do: 'syncDirectory' },
    );
    return { steps, grows: usesSpare ? 0 : segment.bytes };
  }

  /**
   * The live records of the oldest segment that has any, if most of the log is superseded: written
   * once more, they no longer keep it. `records` are being written anyway.
   */
  #rewritten(records: readonly LogRecord[]): LogRecord[] {
    if (this.#segments.length <= FEW_SEGMENTS) return [];
    const oldest = this.#segments.findIndex(({ live }) => live > 0);
    const kept = oldest < 0 ? [] : this.#segments.slice(oldest);
    if (kept.length <= FEW_SEGMENTS) return [];
    if (2 * this.#live.bytes > kept.reduce((sum, { bytes }) => sum + bytes, 0)) return [];
    const written = new Set(records.map(({ key }) => key));
    return this.#live
      .in(kept[0]!)
      .filter(([key]) => !written.has(key))
      .map(([key, value]) => ({ key, value, passing: false }));
  }
}
