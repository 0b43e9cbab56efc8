import type { OpenStream } from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import { airbyteEnvelope } from './airbyte-envelope.ts';
import { flatEnvelope, noEnvelope, type Wrap } from './envelope.ts';

/** Chooses a stream's envelope. @param salt makes record ids differ from run to run */
export function envelopeFor(
  { envelope }: Pick<JsonlConfig, 'envelope'>,
  { stream, asked, copy }: OpenStream,
  { runId, salt }: { readonly runId: string; readonly salt: string },
): Wrap {
  const { source, namespace } = copy.key;
  if (envelope === 'flat') return flatEnvelope({ source, stream: stream.name, runId });
  if (envelope === 'none') return noEnvelope;
  return airbyteEnvelope({
    seed: JSON.stringify([salt, source, namespace, stream.name]),
    generationId: asked?.generationId ?? 0,
    syncId: asked?.syncId,
  });
}
