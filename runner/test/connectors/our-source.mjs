#!/usr/bin/env node
// The same source, as one made with our SDK says of itself (see `spec` there).
await import('./source.mjs');
