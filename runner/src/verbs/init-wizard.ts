import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installedConnectors } from '../connector/find.ts';
import { referencesOf } from '../jobs/load.ts';
import { eachError, errorLines } from '../terminal/error-lines.ts';
import { showPreview } from '../terminal/preview.ts';
import { streamName } from '../terminal/text.ts';
import type { Asker } from '../wizard/asker.ts';
import { envLines, jobsFileText } from '../wizard/job-file.ts';
import { askJob } from '../wizard/wizard.ts';
import type { Context } from './context.ts';
import { machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';

/** The files that the wizard's answers make. */
export interface WizardFiles {
  readonly job: string;
  readonly jobsFile: string;
  /** Lines for `.env`. */
  readonly env: string;
  /** Names of the variables in it. */
  readonly variables: readonly string[];
}

/** Asks for a job. Nothing is written. @throws Cancelled */
export async function askForFiles(
  folder: string,
  tenant: string,
  asker: Asker,
  context: Context,
): Promise<WizardFiles> {
  const { output, clock, env, secrets } = context;
  const kept = join(folder, '.headrace');
  const wasThere = existsSync(kept);
  const quiet = quietDuring(asker, (text) => output.note(text));
  const machine = machinePorts({ folder, tenant }, context, (event) => {
    // What connectors warn of may explain a failed check.
    if (event.type === 'log' && ['WARN', 'ERROR', 'FATAL'].includes(event.level))
      quiet.note(`${event.origin}: ${event.message}`);
  });
  const { interrupt, close } = signalInterrupt(clock);
  try {
    const references = referencesOf(folder, tenant, {
      cwd: context.cwd,
      env,
      learned: (value) => secrets.add([value]),
      warn: (message) => output.note(message),
    });
    const {
      job,
      schemas,
      secrets: typed,
    } = await askJob({
      asker: learning(quiet.asker, (value) => secrets.add([value])),
      ports: machine.ports,
      interrupt,
      tenant,
      folder,
      env: references.env,
      installed: installedConnectors(folder),
      showError: (error) => {
        for (const one of eachError(error)) for (const line of errorLines(one)) output.note(line);
      },
      showPreview: (preview) => showPreview(preview, streamName(preview.stream), output),
    });
    return {
      job: job.name,
      jobsFile: jobsFileText(job, schemas),
      env: envLines(typed),
      variables: Object.keys(typed),
    };
  } finally {
    close();
    machine.close();
    // A run makes it when it is needed; a question does not leave it behind.
    if (!wasThere && !existsSync(join(kept, 'packages'))) rmSync(kept, { recursive: true, force: true });
  }
}

/** Notes that come while a spinner turns are shown behind it: they would be drawn over each other. */
function quietDuring(asker: Asker, note: (text: string) => void) {
  let held: string[] | undefined;
  return {
    note: (text: string) => void (held ? held.push(text) : note(text)),
    asker: {
      ...asker,
      async during<T>(message: string, work: () => Promise<T>): Promise<T> {
        held = [];
        try {
          return await asker.during(message, work);
        } finally {
          for (const text of held) note(text);
          held = undefined;
        }
      },
    },
  };
}

/** What is typed as a secret is known as one from then on (invariant 6). */
function learning(asker: Asker, learned: (value: string) => void): Asker {
  return {
    ...asker,
    async secret(question) {
      const value = await asker.secret(question);
      learned(value);
      return value;
    },
  };
}
