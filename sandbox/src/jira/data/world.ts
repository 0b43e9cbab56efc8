import type { JiraSettings } from '../options.ts';
import { type Zone, zoneOf } from '../zone.ts';
import { type AdfBlocks, adfBlocks } from './adf.ts';
import { type Person, peopleOf } from './people.ts';
import { type Project, projectsOf } from './projects.ts';
import { type Embedded, embeddedIn } from './shape.ts';

/** What all issues of a site share: everything that rendering needs besides an issue's own numbers. */
export interface World {
  seed: number;
  zone: Zone;
  people: readonly Person[];
  /** The list never grows. `status` and `visible` of a project may change. */
  projects: readonly Project[];
  /** Maximum length of the lists inside an issue. */
  embedded: Embedded;
  blocks: AdfBlocks;
  awkward: boolean;
  /** Whether issues have the Development field. */
  developmentField: boolean;
  /** One issue in this many has Development panels. */
  panelsOneIn: number;
  issueBytes: { min: number; max: number } | undefined;
  /** Mean size of a user inside an issue, used to plan sizes. */
  userBytes: number;
}

/** Generates the shared part of a site. */
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
