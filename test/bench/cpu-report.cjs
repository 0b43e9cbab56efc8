// Loaded with --require. When the process ends, writes its CPU time in seconds and its peak memory in MB.
const { writeFileSync } = require('node:fs');
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const rss = process.resourceUsage().maxRSS / 1024;
  writeFileSync(process.env.CPU_REPORT, JSON.stringify({ cpu: (user + system) / 1e6, rss }));
});
