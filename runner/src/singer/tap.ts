import { callText } from '../connector/call.ts';
import { launcherOf, type Surroundings } from '../connector/launcher.ts';
import { startProcess } from '../connector/process.ts';
import type { Connector } from '../engine/connector.ts';
import type { JobEnd } from '../engine/job.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { airbyteStreams, parseSingerCatalog, type SingerCatalog, selectedCatalog } from './catalog.ts';
import { lineStream } from './line-stream.ts';
import { nameOfSinger, noVerbs, wrongRole } from './reference.ts';
import { specOf } from './spec.ts';
import { tapLines, tapState } from './tap-lines.ts';

/**
 * A Singer tap as a source: `singer://tap-github`. What Singer does not have is made up for: `spec` from `--about`, where
 * the tap has it; `check` by discovering; counts by counting here.
 * @throws ConfigError if there is no such program
 */
export function singerTap(end: JobEnd, around: Surroundings): Connector {
  const { shown, warnings, open } = launcherOf(nameOfSinger(end.connector), end, around);
  const { clock } = around;
  let known: SingerCatalog | undefined;

  const discover = async (
    config: object,
    call: Parameters<Connector['discover']>[1],
  ): Promise<SingerCatalog> => {
    const one = open();
    one.give('config', config);
    one.args.push('--discover');
    const text = await callText(await one.launch(call), 'discover', { ...call, clock });
    known = parseSingerCatalog(text, parseAsWritten);
    return known;
  };
  return {
    name: end.connector,
    program: `the Singer tap ${shown}`,
    warnings,
    spec: (call) => specOf(open, call, clock),
    check: async (config, _catalog, call) => {
      await discover(config, call);
    },
    discover: async (config, call) => airbyteStreams(await discover(config, call)),
    verb: noVerbs(end.connector),
    async read({ config, catalog, states, onLog }) {
      const found = known ?? (await discover(config, unhurried(onLog)));
      const one = open();
      one.give('config', config);
      one.give('catalog', selectedCatalog(found, catalog));
      const state = tapState(states, found, catalog);
      if (state !== undefined) one.args.push('--state', one.put('state.json', state));
      const process = await startProcess(await one.launch({ onLog }), (line) => onLog('INFO', line), clock);
      process.stdin.end();
      const lines = tapLines(found, catalog, () => clock.now());
      const stdout = lineStream({
        line: lines.line,
        async end() {
          const { code } = await process.exited;
          // Only a tap that exited with 0 has sent everything that its last state stands for.
          return code === 0 && !process.isCutOff() ? lines.end() : [];
        },
      });
      process.stdout.pipe(stdout);
      // If we close its output, there is no end of it.
      process.stdout.once('close', () => stdout.writableEnded || stdout.end());
      return { ...process, stdout };
    },
    write: () => Promise.reject(wrongRole(end.connector, 'tap', 'target')),
  };
}

/** `read` is called after `discover`, so this is for callers that have a catalog from elsewhere. */
function unhurried(
  onLog: Parameters<Connector['discover']>[1]['onLog'],
): Parameters<Connector['discover']>[1] {
  return {
    signal: new AbortController().signal,
    timeoutMs: 9 * 60_000,
    onLog,
    onControl: () => Promise.resolve(),
  };
}
