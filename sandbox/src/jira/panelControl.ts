import type { Site } from './site.ts';

/** What a sandbox can be told of Development panels besides `push`. */
export interface ProviderControl {
  /** Jira cannot reach a provider (`GitHub`, `GitLab`, `bitbucket`, `stash`, `cloud-providers`) until it can again. */
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
