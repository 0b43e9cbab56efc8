import { createTransport } from 'nodemailer';
import type { Alert } from '../../engine/alert.ts';
import { type AlertMessage, textOf, titleOf } from '../message.ts';

const LONGEST_MS = 30_000;
const PORTS = { none: 25, starttls: 587, tls: 465 } as const;

/** Sends an alert by SMTP. @throws Error */
export async function sendByEmail(
  { from, recipients, smtp }: Alert & { to: 'email' },
  message: AlertMessage,
): Promise<void> {
  const { host, encryption = 'starttls', port = PORTS[encryption], username, password } = smtp;
  const transport = createTransport({
    host,
    port,
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    ...(username === undefined ? {} : { auth: { user: username, pass: password ?? '' } }),
    connectionTimeout: LONGEST_MS,
    greetingTimeout: LONGEST_MS,
    socketTimeout: LONGEST_MS,
  });
  try {
    await transport.sendMail({ from, to: [...recipients], subject: titleOf(message), text: textOf(message) });
  } finally {
    transport.close();
  }
}
