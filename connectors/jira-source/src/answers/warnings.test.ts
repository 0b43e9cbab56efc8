import { Buffer } from 'node:buffer';
import { bearer, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { WARNINGS, warnedBy } from './warnings.ts';

const SECRET = 'NjQ4MzE1Nzk0-token-of-the-account';
const SEARCH = new Selection({ records: 'issues', fields: WARNINGS });

let context: TestContext;

afterEach(() => context.close());

/** The log of a search whose response contains these warnings. */
async function logOf(warnings: readonly unknown[]): Promise<readonly string[]> {
  context = testContext();
  const http = context.http({ baseUrl: 'http://127.0.0.1:9', auth: bearer(SECRET) });
  const answer = Buffer.from(JSON.stringify({ issues: [], warningMessages: warnings }));
  async function* pages() {
    yield SEARCH.scan(answer);
  }
  for await (const _page of warnedBy(http, context.log)(pages())) void _page;
  return context.logged;
}

describe('warnings of a search', () => {
  it('are logged once each, whatever their format', async () => {
    expect(await logOf(['a', { message: 'b' }, 'a', { other: 1 }])).toEqual([
      'WARN Jira warns: a',
      'WARN Jira warns: b',
      'WARN Jira warns: {"other":1}',
    ]);
  });

  it('contain no part of a secret, wherever they are cut', async () => {
    const warnings = Array.from(
      { length: 20 },
      (_, i) => `${'x'.repeat(270 + 2 * i)} ${SECRET} ${'y'.repeat(99)}`,
    );
    const logged = await logOf(warnings);
    expect(logged.length).toBeGreaterThan(10);
    for (const line of logged) expect(line).not.toMatch(/Nj|token/);
  });
});
