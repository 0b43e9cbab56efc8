import type { JsonObject } from '@headrace/sdk/protocol';
import type { Job } from './job.ts';
import type { Ports } from './ports.ts';

/**
 * The variable that tells a source of ours where to take its requests from, if the job limits them. Called once its
 * configuration is known.
 * @param secrets the values in the configuration that are secrets: the credential
 */
export function budgetOf(
  job: Job,
  config: JsonObject,
  secrets: readonly string[],
  isOurs: boolean,
  { budgets, emit }: Pick<Ports, 'budgets' | 'emit'>,
): Readonly<Record<string, string>> | undefined {
  const { requests_per_second: perSecond, source } = job;
  if (perSecond === undefined) return undefined;
  // A container does not see the file.
  if (isOurs && !source.connector.startsWith('docker://'))
    return { HEADRACE_BUDGET: budgets.open(hostOf(config) ?? source.connector, secrets, perSecond) };
  const message = `${job.name}: requests_per_second has no effect, because ${source.connector} does not know of it`;
  emit({ type: 'log', origin: 'runner', level: 'WARN', message, once: true });
  return undefined;
}

function hostOf({ base_url: url }: JsonObject): string | undefined {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : undefined;
}
