// Loaded by --require: writes what the process used when it ends, seconds of CPU and MB of memory at most.
const { writeFileSync } = require('node:fs');
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const rss = process.resourceUsage().maxRSS / 1024;
  writeFileSync(process.env.CPU_REPORT, JSON.stringify({ cpu: (user + system) / 1e6, rss }));
});
