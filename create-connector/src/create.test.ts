import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createConnector, type NewConnector } from './create.ts';
import { type Kind, namesOf } from './names.ts';

const root = mkdtempSync(join(tmpdir(), 'create-connector-'));
afterAll(() => rm(root, { recursive: true, force: true }));

let folders = 0;
function folder(): string {
  const path = join(root, String(folders++));
  mkdirSync(path);
  return path;
}

const make = (more: Partial<NewConnector> = {}) =>
  createConnector({ kind: 'source', name: 'my-crm', cwd: folder(), ...more });

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const kebab = fc
  .array(word, { minLength: 1, maxLength: 4 })
  .map((words) => words.join('-'))
  .filter((name) => !/-(source|destination)$/.test(name));

describe('names', () => {
  it('are the same with and without the suffix, in every spelling', () => {
    expect(namesOf('source', 'my-crm')).toEqual(namesOf('source', 'my-crm-source'));
    expect(namesOf('destination', 'my-crm2')).toEqual({
      connector: 'my-crm2-destination',
      vendor: 'my-crm2',
      camel: 'myCrm2',
      pascal: 'MyCrm2',
      constant: 'MY_CRM2',
      title: 'My Crm2',
    });
  });

  it('must be kebab case, and give valid identifiers', () => {
    fc.assert(
      fc.property(kebab, (name) => {
        const { camel, pascal, constant } = namesOf('source', name);
        for (const identifier of [camel, pascal, constant])
          expect(identifier).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name));
        expect(() => namesOf('source', name)).toThrow(/cannot be the name|asked for/);
      }),
    );
  });

  it.each([
    '',
    'My-Crm',
    'my_crm',
    'my--crm',
    '-crm',
    'crm-',
    '1crm',
    '../crm',
    'a/b',
    '-source',
    'x'.repeat(61),
  ])('%j is refused, and nothing is made', (name) => {
    const cwd = folder();
    expect(() => make({ name, cwd })).toThrow(/cannot be the name/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('of the other kind are rejected', () => {
    expect(() => namesOf('source', 'crm-destination')).toThrow('is the name of a destination');
  });
});

describe.each<Kind>(['source', 'destination'])('a new %s', (kind) => {
  it('is complete, and contains nothing of the template’s name', () => {
    const { name, folder: at, files } = make({ kind });
    expect(name).toBe(`my-crm-${kind}`);
    const there = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(there).toHaveLength(files.length);
    expect(files).toEqual(
      expect.arrayContaining([
        '.gitignore',
        'README.md',
        `bin/${name}`,
        'biome.json',
        'build.ts',
        'metadata.yaml',
        'package.json',
        'spec.json',
        'src/config.ts',
        'src/main.ts',
        `test/${name}.test.ts`,
        'tsconfig.json',
      ]),
    );
    for (const file of files) {
      expect(file).not.toMatch(/acme|^_/i);
      expect(readFileSync(join(at, file), 'utf8')).not.toMatch(/acme/i);
    }
    expect(statSync(join(at, 'bin', name)).mode & 0o111).toBe(0o111);
    expect(JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))).toMatchObject({
      name,
      bin: { [name]: `bin/${name}` },
    });
  });

  it('keeps its whole name if that contains the template’s name', () => {
    const { folder: at } = make({ kind, name: 'acme-cloud' });
    const main = readFileSync(join(at, 'src/main.ts'), 'utf8');
    expect(main).toContain(`name: 'acme-cloud-${kind}'`);
    expect(readFileSync(join(at, 'README.md'), 'utf8')).toMatch(new RegExp(`^# acme-cloud-${kind}\n`));
  });

  it('has its own id', () => {
    const id = () =>
      /definitionId: (\S+)/.exec(readFileSync(join(make({ kind }).folder, 'metadata.yaml'), 'utf8'))![1];
    const [one, other] = [id(), id()];
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one).not.toBe('00000000-0000-4000-8000-000000000000');
    expect(other).not.toBe(one);
  });
});

describe('the folder', () => {
  it('may be an existing empty one, which stays the same folder', () => {
    const cwd = folder();
    const { ino } = statSync(cwd);
    expect(make({ cwd, folder: '.' }).folder).toBe(cwd);
    expect(statSync(cwd).ino).toBe(ino);
    expect(existsSync(join(cwd, 'package.json'))).toBe(true);
    expect(readdirSync(cwd).filter((name) => name.startsWith('.'))).toEqual(['.gitignore']);
  });

  it('may be inside folders that do not exist yet', () => {
    expect(existsSync(join(make({ folder: 'a/b/c' }).folder, 'src/source.ts'))).toBe(true);
  });

  it('gets a nested biome.json if there is one above', () => {
    const cwd = folder();
    const own = (): { root?: boolean } =>
      JSON.parse(
        readFileSync(join(make({ cwd, name: `n${folders++}` }).folder, 'biome.json'), 'utf8'),
      ) as object;
    expect(own().root).toBeUndefined();
    writeFileSync(join(cwd, 'biome.json'), '{}');
    expect(own().root).toBe(false);
  });

  it('is rejected and left unchanged if it is not empty or is a file', () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'my-crm-source'));
    writeFileSync(join(cwd, 'my-crm-source/notes.txt'), 'mine');
    expect(() => make({ cwd })).toThrow(/not an empty folder/);
    writeFileSync(join(cwd, 'file'), 'mine');
    expect(() => make({ cwd, folder: 'file' })).toThrow(/not an empty folder/);
    expect(readdirSync(cwd, { recursive: true }).sort()).toEqual([
      'file',
      'my-crm-source',
      'my-crm-source/notes.txt',
    ]);
  });

  it('does not exist after a failure', () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'file'), 'mine');
    expect(() => make({ cwd, folder: 'file/below' })).toThrow();
    expect(readdirSync(cwd)).toEqual(['file']);
  });
});
