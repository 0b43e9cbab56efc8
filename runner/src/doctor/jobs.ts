import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { asHeadraceError, ConfigErrors, type HeadraceError } from '@headrace/sdk/spec';
import type { Job } from '../engine/job.ts';
import type { Ports } from '../engine/ports.ts';
import { exposure } from '../jobs/exposed.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Whether a job's variables and secrets exist and its connectors can be started. The job, if it can be resolved. */
export function jobFindings(
  file: LoadedFile,
  name: string,
  ports: Pick<Ports, 'connect'>,
): { findings: Finding[]; job?: Job } {
  const topic = `${file.tenant} › ${name}`;
  let job: Job;
  try {
    job = file.job(name);
  } catch (error) {
    return { findings: problemsOf(asHeadraceError(error), topic) };
  }
  const findings = [ok(topic, 'its variables and secrets are there')];
  for (const role of ['source', 'destination'] as const) {
    try {
      const { name, program, warnings } = ports.connect(job[role], job, role);
      findings.push(ok(topic, `${role} ${name} is ${program}`));
      for (const text of warnings)
        findings.push(warning(topic, text, 'see “Connectors of others” in docs/security.md'));
    } catch (error) {
      findings.push(...problemsOf(file.placed(asHeadraceError(error), name), topic));
    }
  }
  return { findings, job };
}

export function problemsOf(error: HeadraceError, topic: string): Finding[] {
  const all = error instanceof ConfigErrors ? error.errors : [error];
  return all.map(({ message, place, hint }) =>
    problem(
      topic,
      place ? `${message} (${place})` : message,
      hint ?? 'headrace validate shows every mistake in the file',
    ),
  );
}

/** Who else may read the files with secrets and states of a tenant. */
export function permissionFindings({ folder, tenant }: LoadedFile): Finding[] {
  const secrets = join('secrets', tenant);
  const kept = join('.headrace', tenant);
  const paths = ['.env', ...filesIn(folder, secrets), ...filesIn(folder, join(secrets, 'rotated'))];
  const open = paths.flatMap((name) => {
    const path = join(folder, name);
    const text = existsSync(path) ? exposure(path, name) : undefined;
    return text === undefined
      ? []
      : [warning('permissions', text.replace(/: chmod .*$/, ''), `chmod 600 ${name}`)];
  });
  if (
    process.platform !== 'win32' &&
    existsSync(join(folder, kept)) &&
    (statSync(join(folder, kept)).mode & 0o077) !== 0
  )
    open.push(
      warning('permissions', `others may enter ${kept}, which has states and logs`, `chmod 700 ${kept}`),
    );
  return open.length > 0
    ? open
    : [ok('permissions', `nobody else reads the secrets and states of ${tenant}`)];
}

function filesIn(folder: string, name: string): string[] {
  const path = join(folder, name);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(name, entry.name));
}
