import { expect, it } from 'vitest';
import { pageSizeOf } from './page-size.ts';

it('a size that several chains find too heavy at the same time is halved once', () => {
  const size = pageSizeOf({}, { path: '/a' }, 100);
  size.tooHeavy(100);
  size.tooHeavy(100);
  expect(size.next()).toBe(50);
  // Requests that were in flight before don't count.
  size.came(100);
  expect(size.next()).toBe(50);
  size.tooHeavy(1);
  expect(size.next()).toBe(1);
});

it('the old size is tried once more after ten good pages, by one chain, and then the smaller one stays', () => {
  const size = pageSizeOf({}, { path: '/a' }, 100);
  size.tooHeavy(100);
  for (let good = 0; good < 10; good++) {
    expect(size.next()).toBe(50);
    size.came(50);
  }
  expect([size.next(), size.next()]).toEqual([100, 50]);
  size.tooHeavy(100);
  for (let good = 0; good < 30; good++) size.came(50);
  expect(size.next()).toBe(50);
});

it('is one for lists of a kind, whatever their ids, and for each client, method and size by itself', () => {
  const http = {};
  const of = (path: string, most = 100, method: 'GET' | 'POST' = 'GET', client: object = http) =>
    pageSizeOf(client, { path, method }, most);
  const size = of('/board/12/sprint?x=1');
  for (const same of ['/board/7/sprint', 'https://acme.example/board/9/sprint']) expect(of(same)).toBe(size);
  expect(of('/issue/OPS-7/comment')).toBe(of('/issue/WEB-12/comment'));
  expect(of('/x/0b5f1c9e-1111-2222-3333-444455556666')).toBe(of('/x/1'));
  for (const other of [of('/board/12'), of('/board/7/sprint', 50), of('/board/7/sprint', 100, 'POST')])
    expect(other).not.toBe(size);
  expect(of('/board/7/sprint', 100, 'GET', {})).not.toBe(size);
});
