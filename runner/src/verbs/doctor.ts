import { asHeadraceError } from '@headrace/sdk/spec';
import type { Finding } from '../doctor/finding.ts';
import { hostFindings, originsIn } from '../doctor/hosts.ts';
import { jobFindings, permissionFindings, problemsOf } from '../doctor/jobs.ts';
import { historyFindings } from '../doctor/kept.ts';
import { diskFindings, dockerFinding, nodeFinding, portFinding } from '../doctor/machine.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { showFindings } from '../terminal/finding-lines.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';

/**
 * `doctor`: what on this machine may keep jobs from running, each with what to do. It starts no connector. Exit code 0, or 2
 * if there is a problem; warnings do not count.
 */
export async function doctor(
  { offline = false }: { readonly offline?: boolean },
  context: Context,
): Promise<Answer> {
  const findings: Finding[] = [nodeFinding()];
  let files: LoadedFile[] = [];
  try {
    files = loadFiles(context);
  } catch (error) {
    findings.push(...problemsOf(asHeadraceError(error), 'jobs'));
  }
  for (const folder of files.length > 0 ? new Set(files.map((file) => file.folder)) : [context.cwd])
    findings.push(...diskFindings(folder));
  const origins = new Set<string>();
  let needsDocker = false;
  for (const file of files) {
    const machine = machinePorts(file, context);
    try {
      for (const name of file.jobs) {
        const { findings: found, job } = jobFindings(file, name, machine.ports);
        findings.push(...found);
        for (const end of job ? [job.source, job.destination] : []) {
          for (const origin of originsIn(end.config)) origins.add(origin);
          needsDocker ||= end.connector.startsWith('docker://');
        }
      }
      findings.push(...permissionFindings(file));
      findings.push(...(await historyFindings(file.tenant, machine.ports.history, context.clock.now())));
    } finally {
      machine.close();
    }
  }
  findings.push(await dockerFinding(needsDocker, context.env), await portFinding());
  if (!offline)
    for (const found of await Promise.all([...origins].map((origin) => hostFindings(origin, context.env))))
      findings.push(...found);
  showFindings(findings, context.output);
  return { exitCode: findings.some(({ level }) => level === 'problem') ? 2 : 0, data: { findings } };
}
