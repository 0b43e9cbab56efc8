import { type ServiceControl, serviceControl } from '../http/control.ts';
import { type BuildControl, buildControl } from './buildControl.ts';
import type { JenkinsFaultKind } from './faults.ts';
import { type ItemControl, itemControl } from './itemControl.ts';
import type { Language } from './options.ts';
import { PLUGINS, type Plugin, type Site } from './site.ts';

/** Commands for a running sandbox. `POST /_sandbox/control` takes the same names: `{"do": "start", …}`. */
export interface JenkinsControl
  extends Omit<ServiceControl<JenkinsFaultKind>, 'limit'>,
    BuildControl,
    ItemControl {
  /** Jenkins' own idea of its address from now on; null makes all `url`s null. Without `to`: where it is asked. */
  rootUrl(is: { to?: string | null }): void;
  /** The controller's own language. */
  language(is: { to: Language }): void;
  /** Installs or removes a plugin. */
  plugin(which: { name: Plugin; installed: boolean }): void;
  /** A build begins in the asked job before each answer about it, so that offsets move while a client pages. */
  busy(is: { enabled: boolean }): void;
  /** Takes a node offline, or brings it back. */
  node(which: { displayName: string; offline: boolean }): void;
  /** Replaces the account's token. Requests with the old one get a 401. */
  credentials(which: { user?: string; apiToken: string }): void;
  /** A restart: another session, and builds under way are lost. They stay `building` for ever. Returns how many. */
  crash(): number;
}

/** The control methods of a controller. */
export function controlOf(site: Site): JenkinsControl {
  const { limit: _, resetStats, ...common } = serviceControl<JenkinsFaultKind>(site);
  const builds = buildControl(site);
  return {
    ...common,
    ...builds,
    ...itemControl(site),
    resetStats: () => {
      resetStats();
      site.costs.length = 0;
    },
    rootUrl: ({ to }) => {
      site.settings.rootUrl = to;
    },
    language: ({ to }) => {
      site.settings.language = to;
    },
    plugin: ({ name, installed }) => {
      if (!PLUGINS.includes(name)) throw new RangeError(`plugins are ${PLUGINS.join(', ')}`);
      if (installed) site.plugins.add(name);
      else site.plugins.delete(name);
    },
    busy: ({ enabled }) => {
      site.busy = enabled;
    },
    node: ({ displayName, offline }) => {
      if (offline) site.offline.add(displayName);
      else site.offline.delete(displayName);
    },
    credentials: ({ user, apiToken }) => {
      site.login = { user: user ?? site.login.user, apiToken };
    },
    crash: () => {
      site.session = String(Number.parseInt(site.session, 16) + 1);
      return builds.lose();
    },
  };
}
