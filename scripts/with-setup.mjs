// node scripts/with-setup.mjs SCRIPT [ARGUMENTS] installs and builds what is missing, then runs the script under the
// project's Node.
import { spawn } from 'node:child_process';
import { build, environment, install, node, requireNode, root } from './setup.mjs';

requireNode();
install();
build();
const child = spawn(node(), process.argv.slice(2), { cwd: root, stdio: 'inherit', env: environment() });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
