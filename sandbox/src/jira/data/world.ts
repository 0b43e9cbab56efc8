import type { JiraSettings } from '../options.ts';
import { type Zone, zoneOf } from '../zone.ts';
import { type AdfBlocks, adfBlocks } from './adf.ts';
import { type Person, peopleOf } from './people.ts';
import { type Project, projectsOf } from './projects.ts';
import { type Embedded, embeddedIn } from './shape.ts';

/** What all issues of a site share: everything an issue is rendered from, besides its own few numbers. */
export interface World {
  seed: number;
  zone: Zone;
  people: readonly Person[];
  /** Grows never; `status` and `visible` of a project may change. */
  projects: readonly Project[];
  /** Where lists inside an issue are cut. */
  embedded: Embedded;
  blocks: AdfBlocks;
  awkward: boolean;
  /** Whether issues have the Development field. */
  developmentField: boolean;
  /** One issue in so many has development panels. */
  panelsOneIn: number;
  issueBytes: { min: number; max: number } | undefined;
  /** Mean size of a user inside an issue, for planning sizes. */
  userBytes: number;
}

/** Draws the shared part of a site from the settings. */
export function worldOf(settings: JiraSettings): World {
  const { seed } = settings;
  const people = peopleOf(seed, settings.users, settings);
  return {
    seed,
    zone: zoneOf(settings.timeZone),
    people,
    projects: projectsOf(settings.projects),
    embedded: embeddedIn(settings.deployment),
    blocks: adfBlocks(seed, people),
    awkward: settings.awkward,
    developmentField: settings.developmentField,
    panelsOneIn: settings.panelsOneIn,
    issueBytes: settings.issueBytes,
    userBytes: Math.round(people.reduce((sum, { reference }) => sum + reference.length, 0) / people.length),
  };
}
