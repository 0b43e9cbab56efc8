/** When and how a hostile program ends before its time. */
export interface Death {
  /** After so many records of its output (a source) or input (a destination). */
  readonly records: number;
  /** → `SIGKILL`. A number is an exit code: 0 is a lie. */
  readonly by?: 'SIGKILL' | 'SIGSEGV' | number;
}

/** What a hostile source does wrong. */
export const SOURCE_SINS = [
  /** sourceStats.recordCount is one too many. */
  'counts-too-many',
  'counts-too-few',
  /** No sourceStats at all. */
  'no-counts',
  /** No STATE of any stream. */
  'no-states',
  /** Every STATE of a stream says the same. */
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
  /** STARTED and no COMPLETE, exit 0. */
  'no-complete',
  /** INCOMPLETE and a TRACE ERROR, and exit 0. */
  'exit-0-after-failure',
  'no-newline-at-end',
  /** Lines that are no messages, half ones, empty ones. */
  'garbage',
  /** Siblings that are null, types that nobody knows, a TRACE with a float for a time. */
  'odd-messages',
  /** Records with nothing in them, and some whose data are no objects. */
  'empty-records',
  /** A raw carriage return between the members of each record. */
  'carriage-returns',
  /** One record of some 5 MB. */
  'huge-line',
  /** 1 MB on stderr. */
  'stderr-storm',
  /** Does not end at SIGTERM. */
  'ignores-sigterm',
  /** A record again and again. */
  'repeats-records',
] as const;

/** One of the things that a hostile source does wrong. */
export type SourceSin = (typeof SOURCE_SINS)[number];

/** What a hostile source sends, and what it does wrong. */
export interface HostileSourceOptions {
  /** → `['a', 'b']`. */
  readonly streams?: readonly string[];
  /** Per stream; → 100. Their data are `{"id": n, "stream": …, "text": …}`. */
  readonly records?: number;
  /** Records between two states; → 20. A state is `{"at": n}`, and reading goes on from one. */
  readonly every?: number;
  readonly sins?: readonly SourceSin[];
  readonly dies?: Death;
  /** Milliseconds between two records; → 0. */
  readonly pauseMs?: number;
  /** Milliseconds of silence before the end. */
  readonly lingersMs?: number;
}

/** What a hostile destination does wrong. */
export const DESTINATION_SINS = [
  'never-echoes',
  /** Every echo at the end of the input. */
  'echoes-late',
  'echoes-twice',
  /** Each pair of states the wrong way round. */
  'echoes-out-of-order',
  /** An echo without what our destinations do not know: its state alone. */
  'echoes-altered',
  /** destinationStats say one too few. */
  'counts-too-few',
  'garbage',
  'stderr-storm',
  'ignores-sigterm',
  /** A TRACE ERROR at the end, and exit 0. */
  'exit-0-after-failure',
  'no-newline-at-end',
] as const;

/** One of the things that a hostile destination does wrong. */
export type DestinationSin = (typeof DESTINATION_SINS)[number];

/** What a hostile destination keeps, and what it does wrong. */
export interface HostileDestinationOptions {
  /** A file that takes each record's line; records before an echoed state are in it. Without it nothing is kept. */
  readonly file?: string;
  readonly sins?: readonly DestinationSin[];
  readonly dies?: Death;
  /** Closes its stdin after so many records, and lives on for a second. */
  readonly closesStdinAt?: number;
  /** Closes its stdout after so many records. */
  readonly closesStdoutAt?: number;
  /** Milliseconds per chunk of input: a slow reader; → 0. */
  readonly pauseMs?: number;
  /** Exit code at the end of the input; → 0. */
  readonly exit?: number;
}
