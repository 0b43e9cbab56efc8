// Loaded by --require: writes what the process used, in seconds of CPU, when it ends.
const { writeFileSync } = require('node:fs');
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.CPU_REPORT, String((user + system) / 1e6));
});
