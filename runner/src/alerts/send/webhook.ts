import { type AlertMessage, textOf, titleOf } from '../message.ts';

const LONGEST_MS = 15_000;

/** Posts an alert, in the form of its receiver. @throws Error without the URL, which is a secret */
export async function sendByWebhook(
  to: 'webhook' | 'slack' | 'teams',
  url: string,
  message: AlertMessage,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodyOf(to, message)),
    signal: AbortSignal.timeout(LONGEST_MS),
    redirect: 'error',
  }).catch((error: Error & { cause?: { code?: string; message?: string } }) => {
    throw new Error(error.cause?.code ?? error.cause?.message ?? error.name);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}

function bodyOf(to: 'webhook' | 'slack' | 'teams', message: AlertMessage): unknown {
  if (to === 'webhook') return message;
  const [title, text] = [titleOf(message), textOf(message)];
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: &, < and > are escaped.
  if (to === 'slack') return { text: `*${slackText(title)}*\n${slackText(text)}` };
  // An Adaptive Card, which the workflows of Teams take.
  const block = (content: string, more: object) => ({
    type: 'TextBlock',
    text: content,
    wrap: true,
    ...more,
  });
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [block(title, { weight: 'Bolder' }), block(text.replaceAll('\n', '\n\n'), {})],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
  };
}

function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
