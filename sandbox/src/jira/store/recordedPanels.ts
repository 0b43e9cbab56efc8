import type { IssueBook } from '../data/book.ts';
import type { Panel } from '../data/panels.ts';

type Details = ReadonlyArray<{
  readonly repositories: ReadonlyArray<{ readonly commits: readonly object[] }>;
}>;

/**
 * Recorded panels for the recorded issues whose Development field says that they have one. The recording does not say
 * which panel belongs to which issue, so non-empty panels are assigned in the order of the file.
 * @param fields the Development field of each issue
 */
export function recordedPanels(
  fields: readonly unknown[],
  panels: readonly Buffer[],
): Pick<IssueBook, 'panelsOf' | 'panelDetail'> {
  const commitsOf = (bytes: Buffer): number => {
    const { detail } = JSON.parse(bytes.toString()) as { detail: Details };
    return detail.flatMap(({ repositories }) => repositories.flatMap(({ commits }) => commits)).length;
  };
  const full = panels.filter((bytes) => commitsOf(bytes) > 0);
  const issues = [...fields.keys()].filter((n) => fields[n] !== '{}');
  const panelOf = (n: number): Buffer | undefined =>
    issues.includes(n) ? full[issues.indexOf(n)] : undefined;
  return {
    panelsOf: ({ n, updated }): Panel[] => {
      const bytes = panelOf(n);
      if (!bytes) return [];
      const count = commitsOf(bytes);
      return [
        { applicationType: 'GitLab', name: 'GitLab', dataType: 'repository', count, lastUpdated: updated },
      ];
    },
    panelDetail: ({ n }) => panelOf(n)!,
  };
}
