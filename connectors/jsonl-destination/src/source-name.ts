import type { RunStart } from '@headrace/sdk';

/**
 * Under which name a run is filed, decided once: the flag, the option, what the source calls itself, the one
 * namespace that all streams share, else `default`.
 */
export function sourceName(
  flag: string | undefined,
  option: string | undefined,
  run: Pick<RunStart, 'sourceName' | 'streams'>,
): string {
  return flag ?? option ?? run.sourceName ?? sharedNamespace(run.streams) ?? 'default';
}

function sharedNamespace(streams: RunStart['streams']): string | undefined {
  const [first, ...others] = streams.map(({ namespace }) => namespace || undefined);
  return first !== undefined && others.every((namespace) => namespace === first) ? first : undefined;
}
