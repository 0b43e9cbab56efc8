import type { Secrets } from '@headrace/sdk/protocol';
import type { Alert } from '../engine/alert.ts';
import type { Clock } from '../engine/clock.ts';
import { NAMES } from '../engine/events.ts';
import type { AlertMessage } from './message.ts';
import { sendByCommand } from './send/command.ts';
import { sendByWebhook } from './send/webhook.ts';

/** What sending needs of its surroundings. */
export interface SendEnv {
  readonly clock: Clock;
  /** The folder of the jobs file: a command starts there. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Taken away from what is sent (invariant 6). */
  readonly secrets: Secrets;
  /** Called with a sentence if an alert could not be sent. */
  onFailure(sentence: string): void;
}

const TRIES = 3;
const PAUSE_MS = 2000;

/** Sends an alert, at most three times. It never rejects: what cannot be sent is reported. */
export async function sendAlert(alert: Alert, message: AlertMessage, env: SendEnv): Promise<void> {
  const clean = env.secrets.scrubValue(message, NAMES) as AlertMessage;
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(alert, clean, env);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (attempt < TRIES && (await env.clock.sleep(PAUSE_MS * attempt))) continue;
      env.onFailure(`the alert to ${alert.to} (${message.event}) could not be sent: ${why}`);
      return;
    }
  }
}

async function sendOnce(alert: Alert, message: AlertMessage, env: SendEnv): Promise<void> {
  switch (alert.to) {
    case 'command':
      return sendByCommand(alert.command, message, env);
    case 'email':
      return (await import('./send/email.ts')).sendByEmail(alert, message);
    default:
      return sendByWebhook(alert.to, alert.url, message);
  }
}

/** The values of an alert that are secrets: whoever knows the URL of a webhook can write there. */
export function secretsOfAlert(alert: Alert): string[] {
  if (alert.to === 'command') return [];
  if (alert.to === 'email') return alert.smtp.password === undefined ? [] : [alert.smtp.password];
  return [alert.url];
}
