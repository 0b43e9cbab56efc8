import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Limiter } from './limiter.ts';
import { MachineBudget } from './machine-budget.ts';
import { VirtualClock } from './virtual-clock.test-support.ts';

function budgetFile(intervalMs: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-budget-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'budget.sqlite');
  const db = new DatabaseSync(path);
  db.exec('create table budget (id integer primary key, interval_ms real not null, due real not null)');
  db.prepare('insert into budget values (1, ?, 0)').run(intervalMs);
  db.close();
  return path;
}

function open(path: string): MachineBudget {
  const budget = new MachineBudget(path);
  onTestFinished(() => budget.close());
  return budget;
}

test('spaces the requests of several processes, and lets idle time pass', () => {
  const path = budgetFile(100);
  const [a, b] = [open(path), open(path)];
  // A reserved time stays reserved, however often it is asked for.
  expect([a.readyAt(1000), a.readyAt(1050), b.readyAt(1000)]).toEqual([1000, 1000, 1100]);
  a.take();
  b.take();
  expect([b.readyAt(1100), a.readyAt(1100)]).toEqual([1200, 1300]);
  a.take();
  b.take();
  expect(a.readyAt(9000)).toBe(9000);
});

test('two limiters with one file send no faster than the rate, and no slower', async () => {
  const path = budgetFile(100);
  const clock = new VirtualClock();
  const sent: number[] = [];
  const send = async (limiter: Limiter) => {
    for (let k = 0; k < 40; k++) {
      const signal = new AbortController().signal;
      const pass = await limiter.enter({ scope: '', signal, name: 'GET /', ticket: limiter.ticket() });
      sent.push(clock.now());
      pass.done({});
    }
  };
  const limiters = [open(path), open(path)].map((machine) => new Limiter({}, { machine, clock }));
  await clock.run(Promise.all(limiters.map(send)));
  expect(sent).toEqual(Array.from({ length: 80 }, (_, k) => sent[0]! + 100 * k));
});

test('a file that is none is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-budget-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(() => new MachineBudget(join(folder, 'gone', 'budget.sqlite'))).toThrow(
    expect.objectContaining({ code: 'budget.unreadable', place: join(folder, 'gone', 'budget.sqlite') }),
  );
});
