import { expect, it } from 'vitest';
import { isPlaceBefore, namesTheNext, placesOf } from './pages-of-a-list.ts';

const answer = (body: object, headers = {}) => ({
  status: 200,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

it.each([
  [answer({ next: 'abcd1234efgh' }), '/a?token=abcd1234efgh', '', true],
  [answer({ next: 'abcd1234efgh' }), '/a', '{"nextPageToken":"abcd1234efgh"}', true],
  [
    answer({ next: 'http://h/a?cursor=ab%3D%3D1234ef&limit=5' }),
    '/a?cursor=ab%3D%3D1234ef&limit=5',
    '',
    true,
  ],
  [answer({}, { link: '<http://h/a?cursor=abcd1234>; rel="next"' }), '/a?cursor=abcd1234', '', true],
  [answer({ next: 'abcd1234efgh' }), '/a?token=abcd1234', '', false],
  [answer({ next: '100' }), '/a?offset=100', '', false],
])('%# whether an answer names a page by its token', (from, url, body, names) => {
  expect(namesTheNext(from, { url, body })).toBe(names);
});

it.each([
  ['/a?offset=10&limit=5', '', '/a?offset=20&limit=5', '', 10],
  ['/a?limit=5', '', '/a?limit=5&startAt=5', '', -1],
  ['/a', '{"page":1,"q":"x"}', '/a', '{"q":"x","page":2}', 1],
  ['/a?offset=20', '', '/a?offset=10', '', undefined],
  ['/a?offset=10', '', '/a?offset=10', '', undefined],
  ['/a?offset=10&limit=5', '', '/a?offset=20&limit=50', '', undefined],
  ['/a?startIndex=1&page=1', '', '/a?startIndex=2&page=2', '', undefined],
  ['/a?groupId=1', '', '/a?groupId=2', '', undefined],
  ['/a?from=1764547200000', '', '/a?from=1764547260000', '', undefined],
  ['/a?offset=1', '', '/a?startAt=2', '', undefined],
])('%# the place before: %s %s is before %s %s', (url, body, other, otherBody, place) => {
  expect(isPlaceBefore(placesOf(url, body), placesOf(other, otherBody))).toBe(place);
});
