import { describe, expect, it } from 'vitest';
import { check, ends, jenkinsWith, read } from './run.ts';

/** What a check says: `FAILED …` or `SUCCEEDED`. */
async function said(jenkins: Parameters<typeof check>[0], config: object = {}): Promise<string> {
  const { messages } = await check(jenkins, config);
  const status = messages.find(({ type }) => type === 'CONNECTION_STATUS');
  return status?.type === 'CONNECTION_STATUS'
    ? `${status.connectionStatus.status} ${status.connectionStatus.message ?? ''}`
    : 'nothing';
}

const wrong = {
  credentials: { auth_type: 'api_token', username: 'demo', api_token: 'a-wrong-token-0123456789' },
};
const none = { credentials: { auth_type: 'none' } };

describe('signing in', () => {
  it('works with a user’s API token, which is sent with the first request', async () => {
    const jenkins = await jenkinsWith();
    expect(await said(jenkins)).toMatch(/^SUCCEEDED/);
  });

  it('works without credentials if everybody may read', async () => {
    const jenkins = await jenkinsWith({ anonymousRead: true });
    expect(await said(jenkins, none)).toMatch(/^SUCCEEDED/);
    expect((await read(jenkins, ['builds'], none)).code).toBe(0);
  });

  it('says what is wrong with credentials: a wrong or expired token, and none where some are needed', async () => {
    const jenkins = await jenkinsWith();
    expect(await said(jenkins, wrong)).toMatch(/^FAILED .*does not accept these credentials.*30 days/s);
    expect(await said(jenkins, none)).toMatch(/^FAILED .*API token of a user who may read it/s);
    const output = await read(jenkins, ['jobs', 'builds', 'nodes'], wrong);
    expect([output.code, output.records.length]).toEqual([1, 0]);
    expect(JSON.stringify(output.messages)).not.toContain('a-wrong-token-0123456789');
  });

  it.each([
    ['sign-in', /^FAILED .*leads to a sign-in page/],
    ['sign-in-elsewhere', /^FAILED .*redirects to sso\.example\.com/],
    ['sign-in-page', /^FAILED .*web page, “Sign in \[Jenkins\]”/],
    ['proxy-page', /^FAILED .*web page, “Access portal”/],
  ] as const)('knows the page of somebody else from Jenkins’s answers: %s', async (kind, says) => {
    const jenkins = await jenkinsWith();
    jenkins.control.fail({ kind, times: null });
    expect(await said(jenkins)).toMatch(says);
    const output = await read(jenkins, ['jobs', 'builds']);
    expect([output.code, output.records.length]).toEqual([1, 0]);
  });

  it.each(['500', '502', '503', 'starting', 'reset', 'cut-json', 'empty'] as const)(
    'and reading go on after a fault that passes: %s',
    async (kind) => {
      const jenkins = await jenkinsWith({ builds: 60 });
      const whole = await read(jenkins, ['builds']);
      jenkins.control.fail({ kind, times: 1 });
      jenkins.control.fail({ kind, times: 1, after: 4 });
      const output = await read(jenkins, ['builds']);
      expect([output.code, output.records.length]).toEqual([0, whole.records.length]);
    },
  );

  it('that ends during a read fails what it has not read, and nothing else', async () => {
    const jenkins = await jenkinsWith({ jobs: 20, builds: 200 });
    const whole = await read(jenkins, ['builds']);
    jenkins.control.fail({ kind: 'sign-in', times: null, after: 12 });
    const output = await read(jenkins, ['builds']);
    expect(ends(output, ['builds'])).toEqual(['builds: INCOMPLETE']);
    jenkins.control.clearFaults();
    const second = await read(jenkins, ['builds'], { before: output });
    expect(second.code).toBe(0);
    expect(output.records.length + second.records.length).toBe(whole.records.length);
  });
});
