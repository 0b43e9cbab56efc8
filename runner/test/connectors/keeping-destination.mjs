#!/usr/bin/env node
// The same destination, as one that is the state store (see `spec` there).
await import('./destination.mjs');
