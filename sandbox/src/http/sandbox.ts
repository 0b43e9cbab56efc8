import type { AddressInfo } from 'node:net';
import { openGates } from './gates.ts';
import type { Route } from './route.ts';
import { sandboxServer } from './server.ts';
import type { Service } from './service.ts';
import { countersOf, type SandboxStats } from './stats.ts';
import type { Vendor } from './vendor.ts';

/** A running sandbox. */
export interface Sandbox<Control extends object> {
  /** `http://127.0.0.1:4010`, without a trailing slash. */
  url: string;
  port: number;
  control: Control;
  stats(): SandboxStats;
  /** Milliseconds since 1970 by the sandbox's clock. */
  now(): number;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts a vendor's sandbox on this machine. Rejects if the port is taken. */
export async function startSandbox<S extends Service, R extends Route<S>, Control extends object>(
  vendor: Vendor<S, R>,
  service: S,
  control: Control,
): Promise<Sandbox<Control>> {
  const { host, port: wanted } = service.settings;
  const server = sandboxServer(vendor, service, control);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    control,
    stats: () => countersOf(service),
    now: () => service.clock.now(),
    close: () =>
      new Promise((resolve, reject) => {
        openGates(service.gates);
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
