import { asHeadraceError } from '@headrace/sdk/spec';
import { type SendEnv, secretsOfAlert } from '../alerts/send-alert.ts';
import { alertOnRuns } from '../alerts/watch-runs.ts';
import { childEnvironment } from '../connector/environment.ts';
import type { Alert } from '../engine/alert.ts';
import type { LoadedFile } from '../jobs/load.ts';
import type { Context } from './context.ts';
import type { MachinePorts } from './ports.ts';

/** The alerts of a job. If they cannot be filled in, that is reported, and none is sent. */
export function alertsOf(
  file: LoadedFile,
  name: string,
  { secrets }: Pick<Context, 'secrets'>,
  onFailure: (sentence: string) => void,
): readonly Alert[] {
  try {
    const alerts = file.alerts(name);
    secrets.add(alerts.flatMap(secretsOfAlert));
    return alerts;
  } catch (error) {
    onFailure(`the alerts of ${name} cannot be sent: ${asHeadraceError(error).message}`);
    return [];
  }
}

/** What sending an alert of a job needs on this machine. */
export function sendEnvOf(
  file: LoadedFile,
  { clock, env, secrets }: Pick<Context, 'clock' | 'env' | 'secrets'>,
  onFailure: (sentence: string) => void,
): SendEnv {
  return { clock, folder: file.folder, env: childEnvironment(env).passed, secrets, onFailure };
}

/** Listens to a run of a job and sends its alerts. `sent` resolves when that is done; call it before the ports are closed. */
export function listenForAlerts(
  file: LoadedFile,
  name: string,
  machine: MachinePorts,
  context: Context,
): { sent(): Promise<void> } {
  const onFailure = (message: string) =>
    machine.ports.emit({ type: 'log', origin: 'runner', level: 'ERROR', message });
  const alerts = alertsOf(file, name, context, onFailure);
  const listener = alertOnRuns(alerts, machine.stores.history, sendEnvOf(file, context, onFailure));
  machine.listen(listener);
  return listener;
}
