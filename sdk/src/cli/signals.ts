/** Ends the process by the signal itself, as its parent expects. PyAirbyte treats exit code 143 as an error. */
export function endBySignal(signal: NodeJS.Signals): void {
  // As PID 1 in a container, a signal without a handler has no effect. Use the shell's exit code for it instead.
  if (process.pid === 1) process.exit(signal === 'SIGINT' ? 130 : 143);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** The signal that an exit code (130 or 143) stands for. */
export function signalOf(code: number): 'SIGINT' | 'SIGTERM' | undefined {
  return code === 130 ? 'SIGINT' : code === 143 ? 'SIGTERM' : undefined;
}
