/** When and how a hostile program ends early. */
export interface Death {
  /** After this many records of its output (a source) or its input (a destination). */
  readonly records: number;
  /** Default: `SIGKILL`. A number is an exit code; 0 wrongly claims success. */
  readonly by?: 'SIGKILL' | 'SIGSEGV' | number;
}

/** The faults of a hostile source. */
export const SOURCE_SINS = [
  /** sourceStats.recordCount is one too high. */
  'counts-too-many',
  'counts-too-few',
  /** No sourceStats at all. */
  'no-counts',
  /** No STATE of any stream. */
  'no-states',
  /** Every STATE of a stream has the same content. */
  'equal-states',
  'legacy-states',
  /** A GLOBAL state among STREAM ones. */
  'mixed-states',
  /** A STATE of a stream that is not in the catalog. */
  'foreign-state',
  /** Records of a stream that is not in the catalog. */
  'foreign-records',
  'records-after-complete',
  'no-statuses',
  /** STARTED without COMPLETE, and exit code 0. */
  'no-complete',
  /** INCOMPLETE and a TRACE ERROR, but exit code 0. */
  'exit-0-after-failure',
  'no-newline-at-end',
  /** Lines that are not messages, truncated lines, empty lines. */
  'garbage',
  /** Members that are null, unknown message types, a TRACE with a float as its time. */
  'odd-messages',
  /** Empty records, and some whose data is not an object. */
  'empty-records',
  /** A raw carriage return between the members of each record. */
  'carriage-returns',
  /** One record of some 5 MB. */
  'huge-line',
  /** 1 MB on stderr. */
  'stderr-storm',
  /** Does not end on SIGTERM. */
  'ignores-sigterm',
  /** The same record again and again. */
  'repeats-records',
] as const;

/** A fault of a hostile source. */
export type SourceSin = (typeof SOURCE_SINS)[number];

/** What a hostile source sends, and its faults. */
export interface HostileSourceOptions {
  /** Default: `['a', 'b']`. */
  readonly streams?: readonly string[];
  /** Records per stream. Default: 100. Each is `{"id": n, "stream": …, "text": …}`. */
  readonly records?: number;
  /** Records between two states. Default: 20. A state is `{"at": n}`, and a read resumes from it. */
  readonly every?: number;
  readonly sins?: readonly SourceSin[];
  readonly dies?: Death;
  /** Milliseconds between two records. Default: 0. */
  readonly pauseMs?: number;
  /** Milliseconds of silence before the end. */
  readonly lingersMs?: number;
}

/** The faults of a hostile destination. */
export const DESTINATION_SINS = [
  'never-echoes',
  /** All echoes come at the end of the input. */
  'echoes-late',
  'echoes-twice',
  /** Each pair of states is echoed in reverse order. */
  'echoes-out-of-order',
  /** An echo has only the state, without members that are unknown to the destination. */
  'echoes-altered',
  /** destinationStats is one too low. */
  'counts-too-few',
  'garbage',
  'stderr-storm',
  'ignores-sigterm',
  /** A TRACE ERROR at the end, but exit code 0. */
  'exit-0-after-failure',
  'no-newline-at-end',
] as const;

/** A fault of a hostile destination. */
export type DestinationSin = (typeof DESTINATION_SINS)[number];

/** What a hostile destination stores, and its faults. */
export interface HostileDestinationOptions {
  /**
   * A file to append each record's line to; it contains the records before an echoed state. Default: nothing is
   * stored.
   */
  readonly file?: string;
  readonly sins?: readonly DestinationSin[];
  readonly dies?: Death;
  /** Closes its stdin after this many records and runs for another second. */
  readonly closesStdinAt?: number;
  /** Closes its stdout after this many records. */
  readonly closesStdoutAt?: number;
  /** Milliseconds to wait per chunk of input, like a slow reader. Default: 0. */
  readonly pauseMs?: number;
  /** Exit code at the end of the input. Default: 0. */
  readonly exit?: number;
}
