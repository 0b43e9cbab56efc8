import { type ConnectorSpecification, isObject, type JsonObject } from '@headrace/sdk/protocol';
import { asHeadraceError } from '@headrace/sdk/spec';
import { callText } from '../connector/call.ts';
import type { Launcher } from '../connector/launcher.ts';
import type { Clock } from '../engine/clock.ts';
import type { CallOptions } from '../engine/connector.ts';

/** A configuration of which nothing is known. */
const ANYTHING: JsonObject = { type: 'object', additionalProperties: true };

/**
 * The spec of a tap or target. Those made with Meltano's SDK print their settings with `--about`; others know no such
 * option, and nothing is known of their settings.
 */
export async function specOf(
  open: Launcher['open'],
  call: CallOptions,
  clock: Clock,
): Promise<ConnectorSpecification> {
  const launch = await open('--about', '--format=json').launch(call);
  let text: string;
  try {
    // What it says on stderr about an option that it does not know is of no interest.
    text = await callText(launch, 'about', { ...call, clock, onLog: () => {} });
  } catch (thrown) {
    if (call.signal.aborted || asHeadraceError(thrown).code !== 'connector.crashed') throw thrown;
    return { connectionSpecification: ANYTHING };
  }
  return { connectionSpecification: settingsIn(text) ?? ANYTHING };
}

function settingsIn(text: string): JsonObject | undefined {
  const from = text.indexOf('{');
  if (from === -1) return undefined;
  try {
    const about = JSON.parse(text.slice(from)) as unknown;
    if (!isObject(about) || !isObject(about.settings)) return undefined;
    return { ...(withSecrets(about.settings) as JsonObject), additionalProperties: true };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Meltano's word for a secret, in ours. */
function withSecrets(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withSecrets);
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withSecrets(value)]));
  return schema.secret === true || schema.writeOnly === true ? { ...inner, airbyte_secret: true } : inner;
}
