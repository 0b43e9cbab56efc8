import { callText } from '../connector/call.ts';
import { launcherOf, type Surroundings } from '../connector/launcher.ts';
import { startProcess } from '../connector/process.ts';
import type { Connector } from '../engine/connector.ts';
import type { JobEnd } from '../engine/job.ts';
import { lineStream } from './line-stream.ts';
import { nameOfSinger, noVerbs, wrongRole } from './reference.ts';
import { specOf } from './spec.ts';
import { targetLines } from './target-lines.ts';

/**
 * A Singer target as a destination: `singer://target-postgres`. It appends, and with `append_dedup` it gets the key, by which
 * targets keep one record. Singer has no way to replace a stream, so `overwrite` is not offered.
 * @throws ConfigError if there is no such program
 */
export function singerTarget(end: JobEnd, around: Surroundings): Connector {
  const { shown, warnings, open } = launcherOf(nameOfSinger(end.connector), end, around);
  const { clock } = around;
  return {
    name: end.connector,
    program: `the Singer target ${shown}`,
    warnings,
    spec: async (call) => ({
      ...(await specOf(open, call, clock)),
      supported_destination_sync_modes: ['append', 'append_dedup'],
    }),
    /** It gets no messages: what is wrong with its configuration, it says when it starts. */
    async check(config, _catalog, call) {
      const one = open();
      one.give('config', config);
      await callText(await one.launch(call), 'check', { ...call, clock });
    },
    discover: () => Promise.reject(wrongRole(end.connector, 'target', 'tap')),
    verb: noVerbs(end.connector),
    async write({ config, catalog, onLog }) {
      const one = open();
      one.give('config', config);
      const process = await startProcess(await one.launch({ onLog }), (line) => onLog('INFO', line), clock);
      const lines = targetLines(catalog);
      const stdin = lineStream({ begin: lines.begin, line: lines.line });
      stdin.on('error', () => {});
      stdin.pipe(process.stdin);
      process.stdin.once('close', () => stdin.destroy());
      const stdout = lineStream({
        line: (bytes) => lines.answer(bytes) ?? [bytes],
        async end() {
          const { code } = await process.exited;
          return code === 0 && !process.isCutOff() ? lines.end() : [];
        },
      });
      process.stdout.pipe(stdout);
      process.stdout.once('close', () => stdout.writableEnded || stdout.end());
      return { ...process, stdin, stdout };
    },
    read: () => Promise.reject(wrongRole(end.connector, 'target', 'tap')),
  };
}
