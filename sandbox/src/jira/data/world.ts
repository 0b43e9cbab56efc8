import type { JiraSettings } from '../options.ts';
import { type Zone, zoneOf } from '../zone.ts';
import { type AdfBlocks, adfBlocks } from './adf.ts';
import { type Person, peopleOf } from './people.ts';
import { type Project, projectsOf } from './projects.ts';

/** What all issues of a site share: everything an issue is rendered from, besides its own few numbers. */
export interface World {
  seed: number;
  zone: Zone;
  people: readonly Person[];
  /** Grows never; `status` and `visible` of a project may change. */
  projects: readonly Project[];
  blocks: AdfBlocks;
  awkward: boolean;
  issueBytes: { min: number; max: number } | undefined;
  /** Mean size of a user inside an issue, for planning sizes. */
  userBytes: number;
}

/** Draws the shared part of a site from the settings. */
export function worldOf(settings: JiraSettings): World {
  const { seed } = settings;
  const people = peopleOf(seed, settings.users, settings.timeZone);
  return {
    seed,
    zone: zoneOf(settings.timeZone),
    people,
    projects: projectsOf(settings.projects),
    blocks: adfBlocks(seed, people),
    awkward: settings.awkward,
    issueBytes: settings.issueBytes,
    userBytes: Math.round(people.reduce((sum, { reference }) => sum + reference.length, 0) / people.length),
  };
}
