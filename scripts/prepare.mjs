// Run by npm after `npm install`: builds, so that the commands in node_modules/.bin work.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, requireNode, root } from './setup.mjs';

requireNode();
// Without the development packages there is nothing to build with, and nobody who wants to.
if (existsSync(join(root, 'node_modules', 'lerna'))) build();
