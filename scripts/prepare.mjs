// npm runs this after `npm install`. It builds everything, so that the commands in node_modules/.bin work.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, requireNode, root } from './setup.mjs';

requireNode();
// Without devDependencies there are no build tools, and no build is needed.
if (existsSync(join(root, 'node_modules', 'lerna'))) build();
