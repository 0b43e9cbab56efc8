/** An id for a run that nobody named: it sorts by time, and two runs of one moment differ. */
export function makeRunId(now: number, random: () => number): string {
  const [date, time] = new Date(now).toISOString().slice(0, 23).split('T') as [string, string];
  const chance = Math.floor(random() * 0x1_0000_0000);
  return `${date.replaceAll('-', '')}-${time.replace(/[:.]/g, '')}-${chance.toString(16).padStart(8, '0')}`;
}
