/** What an alert may be about, besides staleness. */
export type AlertEvent = 'failed' | 'partial' | 'zero_rows' | 'row_count';

interface WhenToSend {
  /** Default: failed and partial. */
  readonly on?: readonly AlertEvent[];
  /** Also if the job has not completed for this many hours; `serve` looks. */
  readonly stale_hours?: number;
}

/** Whom to tell, and when. Part of a job. */
export type Alert = WhenToSend &
  (
    | { readonly to: 'command'; readonly command: readonly string[] }
    | { readonly to: 'webhook' | 'slack' | 'teams'; readonly url: string }
    | {
        readonly to: 'email';
        readonly from: string;
        readonly recipients: readonly string[];
        readonly smtp: {
          readonly host: string;
          readonly port?: number;
          readonly username?: string;
          readonly password?: string;
          /** `none`: without encryption; `starttls` (the default): it must be offered; `tls`: from the first byte. */
          readonly encryption?: 'none' | 'starttls' | 'tls';
        };
      }
  );
