import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identified, identityOf } from './identity.ts';

type Values = Record<string, unknown>;

const uuid = fc.uuid().map((id) => `{${id}}`);
const hash = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 12, maxLength: 12 });
const date = fc
  .date({ min: new Date(2015, 0), max: new Date(2026, 0), noInvalidDate: true })
  .map((at) => at.toISOString().replace('Z', '+00:00'));

/** What an entry is. */
const fact = fc.record({
  kind: fc.constantFrom('update', 'approval', 'changes_requested', 'comment'),
  pullRequest: fc.integer({ min: 1, max: 5 }),
  date,
  actor: uuid,
  comment: fc.integer({ min: 1, max: 2 ** 40 }),
  state: fc.constantFrom('OPEN', 'MERGED', 'DECLINED'),
  source: fc.option(hash, { nil: null }),
  destination: hash,
  changes: fc.constantFrom<Values>(
    {},
    { status: { old: 'open', new: 'fulfilled' } },
    { title: { old: 'a', new: 'b' } },
    { title: { old: 'b', new: 'a' } },
    { reviewers: { added: [{ uuid: '{1}' }] } },
    { reviewers: { removed: [{ uuid: '{1}' }] } },
    { reviewers: { added: [{ uuid: '{2}' }] } },
  ),
});
type Fact = typeof fact extends fc.Arbitrary<infer F> ? F : never;

/** How it is shown, which changes by itself. */
const shown = fc.record({ name: fc.string(), avatar: fc.webUrl(), isReversed: fc.boolean(), tail: hash });

function entryOf(
  { kind, pullRequest, date: at, actor, comment, state, source, destination, changes }: Fact,
  { name, avatar, isReversed, tail }: typeof shown extends fc.Arbitrary<infer S> ? S : never,
): Values {
  const person = (id: string) => ({
    display_name: name,
    uuid: id,
    links: { avatar: { href: avatar } },
    nickname: name,
  });
  const end = (commit: string | null) => ({
    branch: { name: 'main' },
    commit:
      commit === null ? null : { type: 'commit', hash: commit + tail, links: { self: { href: avatar } } },
    repository: { full_name: name },
  });
  const reviewers = (changes.reviewers ?? {}) as Record<string, Array<{ uuid: string }>>;
  const whatChanged = changes.reviewers
    ? {
        reviewers: Object.fromEntries(
          Object.entries(reviewers).map(([how, who]) => [how, who.map((one) => person(one.uuid))]),
        ),
      }
    : changes;
  const what: Values = {
    update: {
      date: at,
      author: person(actor),
      state,
      source: end(source),
      destination: end(destination),
      changes: whatChanged,
      title: 't',
    },
    comment: { id: comment, created_on: at, user: person(actor), content: { html: name } },
    approval: { date: at, user: person(actor) },
    changes_requested: { date: at, user: person(actor) },
  };
  const reference = { type: 'pullrequest', id: pullRequest, title: name, links: { html: { href: avatar } } };
  const members = Object.entries({ pull_request: reference, [kind]: what[kind] });
  return Object.fromEntries(isReversed ? members.reverse() : members);
}

/** Of a fact what its kind shows, and what tells entries apart. */
function told({ kind, pullRequest, date: at, actor, ...rest }: Fact): unknown {
  const { comment, state, source, destination, changes } = rest;
  const own: Values = {
    update: [state, source, destination, changes],
    comment,
    approval: 0,
    changes_requested: 0,
  };
  return [kind, pullRequest, at, actor, own[kind]];
}

describe('the id of an entry of the activity', () => {
  it('stays the same however the entry is shown, and differs if the entry does', () => {
    fc.assert(
      fc.property(fact, fact, shown, shown, (one, other, before, after) => {
        const { id } = identityOf(entryOf(one, before));
        expect(identityOf(entryOf(one, after)).id).toBe(id);
        const isSame = JSON.stringify(told(one)) === JSON.stringify(told(other));
        expect(identityOf(entryOf(other, after)).id === id).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });

  it('tells apart two updates with one date and one author', () => {
    fc.assert(
      fc.property(fact, fact, shown, (one, other, how) => {
        const first: Fact = { ...one, kind: 'update' };
        const second = { ...first, changes: other.changes };
        const isSame = JSON.stringify(one.changes) === JSON.stringify(other.changes);
        expect(identityOf(entryOf(first, how)).id === identityOf(entryOf(second, how)).id).toBe(isSame);
      }),
      { numRuns: 200 },
    );
  });

  it('knows the date and the pull request, also of a kind that nobody knows', () => {
    const entry = {
      pull_request: { id: 7 },
      merged_by_queue: { date: '2026-01-02T03:04:05.000006+00:00', user: { uuid: '{1}' } },
    };
    expect(identityOf(entry)).toMatchObject({ date: '2026-01-02T03:04:05.000006+00:00', pullRequest: '7' });
    expect(identityOf(entry).id).toMatch(/^merged_by_queue-[0-9a-f]{24}$/);
    expect(identityOf({})).toEqual({
      id: expect.stringMatching(/^unknown-/),
      date: undefined,
      pullRequest: undefined,
    });
  });

  it('stands behind the vendor’s own bytes, which do not change', () => {
    const text =
      '{"pull_request": {"id":7.0},"approval":{"date":"2026-01-02T03:04:05+00:00","user":{"uuid":"\\u007b1}"}} }';
    const { bytes } = identified(Buffer.from(text));
    const whole = Buffer.from(bytes).toString();
    expect(whole.startsWith(`${text.slice(0, -1)},"activity_id":"approval-`)).toBe(true);
    expect(JSON.parse(whole)).toMatchObject({ date: '2026-01-02T03:04:05+00:00' });
  });

  it('leaves a date alone that the vendor writes', () => {
    const { bytes } = identified(Buffer.from('{"date":"x","approval":{"date":"y"}}'));
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ date: 'x' });
  });
});
