import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shell } from './processes.ts';

interface Spec {
  connectionSpecification: { properties: { compression: { enum: string[] } } };
}

it('headrace init offers the values that the destination accepts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-init-'));
  expect((await shell('headrace init', folder)).code).toBe(0);
  const offered = /# compression: (\w+) +# (.+)/.exec(readFileSync(join(folder, 'headrace.yaml'), 'utf8'))!;
  rmSync(folder, { recursive: true });
  const spec = JSON.parse(
    readFileSync(new URL('../specs/jsonl-destination.json', import.meta.url), 'utf8'),
  ) as Spec;
  expect(offered[2]!.split(' | ').sort()).toEqual(
    spec.connectionSpecification.properties.compression.enum.sort(),
  );
});
