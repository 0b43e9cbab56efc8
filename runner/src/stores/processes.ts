/** Names this process and tells whether another one is alive. Two runs of one job at a time would share its state. */
export interface Processes {
  self(): string;
  isAlive(process: string): boolean;
}
