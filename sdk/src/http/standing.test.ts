import { describe, expect, it } from 'vitest';
import { ConfigError, type HeadraceError } from '../errors.ts';
import type { HttpOptions } from './client.ts';
import { good, json, serve, status } from './serve.test-support.ts';

const code = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'fine',
    (error: HeadraceError) => error.code,
  );

describe('credentials that are refused', () => {
  it.each([401, 403])('with a stray %d among good answers are tried once more', async (stray) => {
    const { page, asked, slept } = await serve([good, status(stray), good]);
    expect([await code(page()), await code(page())]).toEqual(['fine', 'fine']);
    expect(asked).toHaveLength(3);
    expect(slept).toEqual([2000]);
  });

  it('at the start of a process are refused at once', async () => {
    const { page, asked } = await serve([status(401), good]);
    expect(await code(page())).toBe('http.401');
    expect(asked).toHaveLength(1);
  });

  it('twice in a row are refused', async () => {
    const { page, asked } = await serve([good, status(401)]);
    await page();
    expect(await code(page())).toBe('http.401');
    expect(asked).toHaveLength(3);
  });

  it('by a header, as the vendor’s own reading knows, are tried once more too', async () => {
    const refusal: HttpOptions['classify'] = ({ headers, request }) =>
      headers['x-refused'] === undefined
        ? undefined
        : {
            kind: 'fatal',
            isRefusal: true,
            error: new ConfigError('refused', { code: 'acme.refused', place: request }),
          };
    const refused = status(200, { 'x-refused': '1' });
    const { page, asked } = await serve([good, refused, good, refused, refused], {
      options: { classify: refusal },
    });
    expect([await code(page()), await code(page()), await code(page())]).toEqual([
      'fine',
      'fine',
      'acme.refused',
    ]);
    expect(asked).toHaveLength(5);
  });

  it('are not doubted where the vendor’s own reading says that it is no refusal', async () => {
    const classify: HttpOptions['classify'] = ({ status: is, request: place }) =>
      is === 401
        ? { kind: 'fatal', isRefusal: false, error: new ConfigError('scope', { code: 'acme.scope', place }) }
        : undefined;
    const { page, asked } = await serve([good, status(401), good], { options: { classify } });
    await page();
    expect(await code(page())).toBe('acme.scope');
    expect(asked).toHaveLength(2);
  });

  it('for one endpoint are doubted once for it, not for each request', async () => {
    const { http, asked } = await serve([
      (request, response) =>
        request.url!.includes('/secret') ? json(response, '{}', 403) : json(response, '{}'),
    ]);
    await http.json({ path: '/x' });
    for (let k = 0; k < 4; k++) expect(await code(http.json({ path: `/secret/${k}` }))).toBe('http.403');
    await http.json({ path: '/x' });
    expect(asked).toHaveLength(1 + 2 + 3 + 1);
  });
});
