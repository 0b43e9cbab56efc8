/** What `doctor` found out about one thing. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was looked at: `Node`, `disk`. */
  readonly topic: string;
  /** One sentence. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

export function ok(topic: string, message: string): Finding {
  return { level: 'ok', topic, message };
}

export function warning(topic: string, message: string, hint: string): Finding {
  return { level: 'warning', topic, message, hint };
}

export function problem(topic: string, message: string, hint: string): Finding {
  return { level: 'problem', topic, message, hint };
}
