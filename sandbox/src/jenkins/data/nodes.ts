import { below } from '../../http/random.ts';
import { type Bean, bean, NOTHING_EXPORTED } from '../tree/bean.ts';
import type { View } from './context.ts';
import { say } from './texts.ts';

/** `/computer/api/json`. The built-in node's name is in the caller's language. */
export function nodesBean(view: View): Bean {
  const { nodes } = view.site.settings;
  const names = Array.from({ length: nodes }, (_, i) => (i === 1 ? 'agent größe & co' : `agent-${i + 1}`));
  const computer = [
    nodeBean(view, 'hudson.model.Hudson$MasterComputer', say(view.language, 'builtIn'), 0),
    ...names.map((name, i) => nodeBean(view, 'hudson.slaves.SlaveComputer', name, i + 1)),
  ];
  return bean('hudson.model.ComputerSet', {
    busyExecutors: 1,
    computer,
    displayName: 'Nodes',
    totalExecutors: 2 * (nodes + 1),
  });
}

function nodeBean(view: View, className: string, displayName: string, i: number): Bean {
  const { seed } = view.site.settings;
  const isBuiltIn = i === 0;
  const offline = view.site.offline.has(displayName);
  return bean(className, {
    actions: [NOTHING_EXPORTED],
    assignedLabels: [bean(undefined, { name: isBuiltIn ? 'built-in' : 'linux' })],
    description: isBuiltIn ? say(view.language, 'builtInDescription') : '',
    displayName,
    executors: [NOTHING_EXPORTED, NOTHING_EXPORTED],
    icon: 'symbol-computer',
    iconClassName: offline ? 'symbol-computer-offline' : 'symbol-computer',
    idle: i !== 1,
    jnlpAgent: !isBuiltIn,
    launchSupported: isBuiltIn,
    loadStatistics: bean('hudson.model.Label$1', {}),
    manualLaunchAllowed: true,
    monitorData: {
      entries: {
        'hudson.node_monitors.SwapSpaceMonitor': bean('hudson.node_monitors.SwapSpaceMonitor$MemoryUsage2', {
          availablePhysicalMemory: 1_000_000_000 + below(1_000_000_000, seed, i, 111),
          availableSwapSpace: 0,
          totalPhysicalMemory: 16_777_216_000,
          totalSwapSpace: 0,
        }),
        'hudson.node_monitors.ArchitectureMonitor': 'Linux (amd64)',
        'hudson.node_monitors.ClockMonitor': offline
          ? null
          : bean('hudson.util.ClockDifference', { diff: below(2000, seed, i, 112) - 1000 }),
      },
    },
    numExecutors: 2,
    offline,
    offlineCause: offline
      ? bean('hudson.slaves.OfflineCause$ChannelTermination', { timestamp: view.now })
      : null,
    offlineCauseReason: offline ? 'Connection was broken' : '',
    oneOffExecutors: [],
    temporarilyOffline: false,
    ...(!isBuiltIn && { absoluteRemotePath: offline ? null : '/home/jenkins/agent' }),
  });
}
