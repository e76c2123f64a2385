/**
 * Reading a log back: all segments in their order, each group checked against the one before.
 *
 * The end of a log is the first place where no group follows. A write that a crash has torn is the
 * last one, nobody was told of it, and it counts as never written; sectors that are still zero tell
 * it from damage. So each of these makes a bad group damage: no sector of it is missing, it was
 * known to be durable (the mark says so, or a segment follows that was begun after it), or there is
 * a whole group behind it. Then the log is not what was written, and `damaged` or `problem` says
 * what is wrong.
 *
 * Left out: a sector of the last group, written after the mark, that is lost later and reads as
 * zeros.
 */
import type { FileStep, Files } from './files.ts';
import {
  type Codec,
  decodeHeader,
  type FoundRecord,
  type GroupHeader,
  groupAt,
  HEADER_BYTES,
  isEndOrTorn,
  isGroupBehind,
  isGroupWhole,
  type LogRecord,
  recordsOf,
  recordValue,
  type SegmentHeader,
  saltOf,
} from './layout.ts';
import {
  LiveRecords,
  type Mark,
  NEW_FILE,
  type Segment,
  SPARE_FILE,
  segmentName,
  segmentNumber,
} from './segment.ts';

/** What was found in the files of a log. */
export interface LogFound {
  readonly segments: readonly Segment[];
  readonly live: LiveRecords;
  /** What passes through the log, and may not have arrived: of the groups after the mark. */
  readonly passing: readonly LogRecord[];
  /** The last group and its checksum; 0 if there is none. */
  readonly sequence: number;
  readonly checksum: number;
  /**
   * The keys of the records that are not what was written. They are absent from all of the above.
   */
  readonly damaged: readonly string[];
  /**
   * What else is wrong, to be read after "is corrupt: "; undefined if nothing. If something is, no
   * record can be trusted.
   */
  readonly problem: string | undefined;
  /**
   * What makes all that was found durable. The process that wrote it may have been killed before
   * that, so none of it counts until then.
   */
  readonly recovery: readonly FileStep[];
  /** Removes the files that are not needed: left by a crash. */
  readonly cleanup: readonly FileStep[];
}

/** Reads the log of the disk `identity` and changes nothing. Throws what the files throw. */
export function readLog(files: Files, identity: Uint8Array, mark: Mark, codec: Codec): LogFound {
  return new LogReader(files, identity, mark, codec).read();
}

/** A segment's file and its header. */
interface Opened {
  readonly bytes: Uint8Array;
  readonly header: SegmentHeader;
}

class LogReader implements LogFound {
  readonly #files: Files;
  readonly #identity: Uint8Array;
  readonly #mark: Mark;
  readonly #codec: Codec;
  readonly segments: Segment[] = [];
  readonly live = new LiveRecords();
  readonly passing: LogRecord[] = [];
  sequence = 0;
  checksum = 0;
  readonly damaged: string[] = [];
  problem: string | undefined;
  readonly cleanup: FileStep[] = [];

  constructor(files: Files, identity: Uint8Array, mark: Mark, codec: Codec) {
    this.#files = files;
    this.#identity = identity;
    this.#mark = mark;
    this.#codec = codec;
  }

  read(): LogFound {
    const { first, applied } = this.#mark;
    const numbers: number[] = [];
    for (const name of this.#files.list()) {
      const number = segmentNumber(name);
      if (number !== undefined && number >= first) numbers.push(number);
      else if (number !== undefined || name === NEW_FILE || name === SPARE_FILE)
        this.cleanup.push({ do: 'remove', name });
    }
    numbers.sort((a, b) => a - b);
    const isNew = numbers.length === 0 && applied === 0;
    if (numbers[0] !== first && !isNew) return this.#fail(missing(first));
    let opened = numbers.length === 0 ? undefined : this.#open(numbers[0]!);
    for (let i = 0; opened !== undefined; i++) {
      const next = i + 1 < numbers.length ? this.#open(numbers[i + 1]!) : undefined;
      if (this.problem === undefined) this.#readSegment(opened, next?.header.sequence);
      if (this.problem !== undefined) return this;
      opened = next;
    }
    if (this.sequence < applied) this.#fail(`it ends with group ${this.sequence}, and had ${applied}`);
    return this;
  }

  get recovery(): FileStep[] {
    const last = this.segments.at(-1);
    // Each segment before it was durable before the next one was begun.
    if (last === undefined) return [];
    return [{ do: 'sync', name: segmentName(last.number) }, { do: 'syncDirectory' }];
  }

  #fail(problem: string): this {
    this.problem ??= problem;
    return this;
  }

  /** Undefined, and that is a problem, if the file is not this log's segment of that number. */
  #open(number: number): Opened | undefined {
    const bytes = this.#files.read(segmentName(number));
    const header = decodeHeader(bytes, this.#codec);
    if (header === undefined) this.#fail(`its segment ${number} has no whole header`);
    else if (header.number !== number) this.#fail(`its segment ${number} is segment ${header.number}`);
    else if (header.identity.some((byte, i) => byte !== this.#identity[i]))
      this.#fail(`its segment ${number} is of another disk`);
    else return { bytes, header };
    return undefined;
  }

  /** `last`: the last group of the segment, where one follows that tells. */
  #readSegment({ bytes, header }: Opened, last: number | undefined): void {
    const before = this.segments.at(-1);
    if (before === undefined) {
      this.sequence = header.sequence;
      this.checksum = header.checksum;
    } else if (header.number !== before.number + 1) {
      this.problem = missing(before.number + 1);
      return;
    } else if (header.sequence !== this.sequence || header.checksum !== this.checksum) {
      this.problem = `its segment ${header.number} does not continue the one before`;
      return;
    }
    const salt = saltOf(bytes);
    const { sequence } = this;
    const segment = {
      number: header.number,
      bytes: bytes.length,
      salt,
      end: HEADER_BYTES,
      sequence,
      live: 0,
    };
    this.segments.push(segment);
    while ((last === undefined || this.sequence < last) && this.problem === undefined) {
      const group = groupAt(bytes, segment.end);
      const isWhole = group !== undefined && isGroupWhole(bytes, group, salt, this.#codec);
      if (!isWhole && !this.#isKnown(bytes, segment, last)) return;
      if (group === undefined || !this.#follows(group)) {
        this.problem = `its groups after ${this.sequence} cannot be read`;
      } else this.#take(bytes, group, segment, isWhole);
    }
  }

  /** Whether a group must be at the end of what has been read of a segment. */
  #isKnown(bytes: Uint8Array, { end, salt }: Segment, last: number | undefined): boolean {
    if (last !== undefined || this.sequence < this.#mark.applied) return true;
    return !isEndOrTorn(bytes, end) || isGroupBehind(bytes, end, salt, this.#codec);
  }

  #follows({ sequence, previous }: GroupHeader): boolean {
    return sequence === this.sequence + 1 && previous === this.checksum;
  }

  #take(bytes: Uint8Array, group: GroupHeader, segment: Segment, isWhole: boolean): void {
    const records = recordsOf(bytes, group, this.#codec);
    const damaged = records?.filter((record) => !record.isWhole) ?? [];
    if (records === undefined || (!isWhole && damaged.length === 0)) {
      this.problem = `its group ${group.sequence} fails its checksum`;
      return;
    }
    for (const record of records) this.#takeRecord(record, segment, group.sequence);
    segment.end = group.next;
    segment.sequence = group.sequence;
    this.sequence = group.sequence;
    this.checksum = group.checksum;
  }

  #takeRecord(record: FoundRecord, segment: Segment, sequence: number): void {
    const { key, passing, isWhole } = record;
    if (!isWhole) this.damaged.push(key);
    const hasValue = isWhole && (!passing || sequence > this.#mark.applied);
    const value = hasValue ? recordValue(record, this.#codec) : undefined;
    // The value before a damaged one is not the last: there is none then.
    if (!passing) this.live.set(key, value, segment, record.bytes);
    else if (hasValue) this.passing.push({ key, value, passing });
  }
}

function missing(number: number): string {
  return `its segment ${number} is missing`;
}
