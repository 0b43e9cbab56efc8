import type { Site } from './site.ts';

/** Commands for Development panels besides `push`. */
export interface ProviderControl {
  /** Sets whether Jira can reach a provider (`GitHub`, `GitLab`, `bitbucket`, `stash`, `cloud-providers`). */
  provider(which: { applicationType: string; isDown: boolean }): void;
}

export function providerControl(site: Site): ProviderControl {
  return {
    provider: ({ applicationType, isDown }) => {
      if (isDown) site.deadProviders.add(applicationType);
      else site.deadProviders.delete(applicationType);
    },
  };
}
