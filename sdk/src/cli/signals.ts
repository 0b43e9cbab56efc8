/** Ends the process by the signal itself, as its parent expects (PyAirbyte takes exit 143 for an error). */
export function endBySignal(signal: NodeJS.Signals): void {
  // As PID 1 in a container a signal without a handler does nothing: then the shell's number for it.
  if (process.pid === 1) process.exit(signal === 'SIGINT' ? 130 : 143);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** The signal that an exit code stands for: 130, 143. */
export function signalOf(code: number): 'SIGINT' | 'SIGTERM' | undefined {
  return code === 130 ? 'SIGINT' : code === 143 ? 'SIGTERM' : undefined;
}
