import { defineStream } from '@headrace/sdk';
import type { JenkinsApi } from '../api.ts';
import { flag, integer, object, objects, text } from '../schemas.ts';

const TREE = `computer[_class,actions[*],assignedLabels[name],description,displayName,executors[number,idle,likelyStuck,progress,currentExecutable[number,url]],icon,iconClassName,idle,jnlpAgent,launchSupported,manualLaunchAllowed,monitorData[*[*]],numExecutors,offline,offlineCause[*],offlineCauseReason,oneOffExecutors[idle,likelyStuck,progress,currentExecutable[number,url]],temporarilyOffline,absoluteRemotePath]`;

/** All nodes: the built-in node and the agents. */
export const nodes = defineStream<JenkinsApi>()({
  name: 'nodes',
  description: 'A node that runs builds: the built-in node or an agent, and what it runs now.',
  schema: {
    properties: {
      _class: text,
      displayName: { type: 'string', description: 'its name; in English for the built-in node' },
      description: text,
      absoluteRemotePath: text,
      actions: objects,
      assignedLabels: objects,
      executors: objects,
      oneOffExecutors: objects,
      icon: text,
      iconClassName: text,
      idle: flag,
      jnlpAgent: flag,
      launchSupported: flag,
      manualLaunchAllowed: flag,
      monitorData: object,
      numExecutors: integer,
      offline: flag,
      offlineCause: object,
      offlineCauseReason: text,
      temporarilyOffline: flag,
    },
  },
  primaryKey: ['displayName'],
  record: { displayName: 'displayName' },
  read: async function* ({ api, select }) {
    yield await api.http.page({ path: '/computer/api/json', query: { tree: TREE } }, select('computer'));
  },
});
