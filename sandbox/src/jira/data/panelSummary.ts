import { type Panel, panelsOf, pullRequestState, timestamp } from './panels.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

const KINDS = ['pullrequest', 'build', 'review', 'deployment-environment', 'repository', 'branch'] as const;

/** The counts that the vendor adds for one kind. */
function facts(dataType: (typeof KINDS)[number], version: IssueVersion, count: number): object {
  const state = pullRequestState(version);
  switch (dataType) {
    case 'pullrequest':
      return { stateCount: count, state: count > 0 ? state : 'OPEN', dataType, open: state === 'OPEN' };
    case 'build':
      return { failedBuildCount: 0, successfulBuildCount: count, unknownBuildCount: 0, dataType };
    case 'review':
      return { stateCount: 0, state: null, dueDate: null, overDue: false, completed: false, dataType };
    case 'deployment-environment':
      return { topEnvironments: [], showProjects: false, successfulCount: 0, dataType };
    default:
      return { dataType };
  }
}

/** `summary` of an issue's panels: totals for each kind and provider. Kinds without entries are included. */
export function panelSummary(
  world: Pick<World, 'zone'>,
  version: IssueVersion,
  panels: readonly Panel[],
): Record<string, object> {
  return Object.fromEntries(
    KINDS.map((dataType) => {
      const found = panels.filter((panel) => panel.dataType === dataType);
      const count = found.reduce((sum, panel) => sum + panel.count, 0);
      const latest = Math.max(...found.map(({ lastUpdated }) => lastUpdated));
      const lastUpdated = found.length > 0 ? timestamp(world, latest) : null;
      const byInstanceType = Object.fromEntries(
        found.map(({ applicationType, name, count }) => [applicationType, { count, name }]),
      );
      return [
        dataType,
        { overall: { count, lastUpdated, ...facts(dataType, version, count) }, byInstanceType },
      ];
    }),
  );
}

/**
 * The text of an issue's Development field: `{}` if it has no panel. Otherwise, as in the recorded issues, a map in
 * the format of Java's toString, with the summary embedded as JSON.
 */
export function developmentText(world: World, version: IssueVersion): string {
  const panels = panelsOf(world, version);
  if (panels.length === 0) return '{}';
  const kinds = Object.entries(panelSummary(world, version, panels)).filter(([dataType]) =>
    panels.some((panel) => panel.dataType === dataType),
  );
  const printed = kinds.map(([dataType, kind]) => {
    const { overall } = kind as { overall: Record<string, unknown> };
    const { lastUpdated: _, open: __, ...shown } = overall;
    if (dataType === 'pullrequest') delete shown.count;
    const members = Object.keys(shown).sort();
    return `${dataType}={${members.map((name) => `${name}=${String(shown[name])}`).join(', ')}}`;
  });
  const cachedValue = { errors: [], summary: Object.fromEntries(kinds) };
  return `{${printed.join(', ')}, json=${JSON.stringify({ cachedValue, isStale: true })}}`;
}
