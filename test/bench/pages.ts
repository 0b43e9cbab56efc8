/** Generated pages of a Jira search: issues of similar size, with text in several scripts. Always the same. */

const WORDS =
  'Übergabe prüfen naïve façade сборка упала 構成 ファイル deploy failed on node retry later because the token expired “quoted” — dash emoji 🚀 für alle Straße'.split(
    ' ',
  );

/** A small deterministic generator: the same numbers on every machine (invariant 9). */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

function prose(random: (below: number) => number, length: number): string {
  const words: string[] = [];
  for (let size = 0; size < length; size += words.at(-1)!.length + 1)
    words.push(WORDS[random(WORDS.length)]!);
  return words.join(' ');
}

function user(n: number): object {
  return {
    self: `https://acme.example/rest/api/3/user?accountId=5b10a2844c20165700ede2${n}`,
    accountId: `5b10a2844c20165700ede2${n}`,
    avatarUrls: { '48x48': `https://avatar.example/initials/JM-${n}.png?size=48` },
    displayName: 'Jürgen Müller',
    active: true,
    timeZone: 'Europe/Berlin',
  };
}

/** An issue of about `size` bytes: one third keys and short values, the rest a description in paragraphs. */
function issue(random: (below: number) => number, n: number, size: number): object {
  const paragraphs: object[] = [];
  const fields: { [name: string]: unknown } = {
    issuetype: { id: '10001', name: 'Bug', subtask: false, hierarchyLevel: 0 },
    project: {
      self: 'https://acme.example/rest/api/3/project/10000',
      id: '10000',
      key: 'ACME',
      name: 'Acmé',
    },
    created: '2026-01-01T10:00:00.000+0100',
    updated: `2026-03-02T10:${10 + random(50)}:00.000+0100`,
    labels: ['a', 'b'],
    status: { name: 'In Arbeit', id: '3', statusCategory: { id: 4, key: 'indeterminate' } },
    summary: prose(random, 40),
    votes: { votes: 0, hasVoted: false },
  };
  if (size >= 3000) {
    Object.assign(fields, {
      assignee: user(n % 90),
      creator: user(n % 70),
      progress: { total: 3600, percent: 0.5 },
    });
    for (let k = 0; k < 20; k++) fields[`customfield_${10_000 + k}`] = k % 4 ? null : k * 1.5;
  }
  fields.description = { type: 'doc', version: 1, content: paragraphs };
  const made = {
    id: String(10_000 + n),
    self: `https://acme.example/rest/api/3/issue/${10_000 + n}`,
    key: `ACME-${n}`,
    fields,
  };
  for (let left = size - Buffer.byteLength(JSON.stringify(made)); left > 100; ) {
    const text = prose(random, Math.min(left / 2, 40 + random(300)));
    const paragraph = {
      type: 'paragraph',
      content: [{ type: 'text', text: random(3) ? text : `${text}\nC:\\"x"` }],
    };
    paragraphs.push(paragraph);
    left -= Buffer.byteLength(JSON.stringify(paragraph)) + 1;
  }
  return made;
}

/** Pages of about 400 kB (at least 10 records), like those of an API. */
export function pages(recordSize: number, howMany = 4): Buffer[] {
  const random = dice(recordSize);
  const count = Math.max(10, Math.min(100, Math.round(400_000 / recordSize)));
  return Array.from({ length: howMany }, (_, page) => {
    const issues = Array.from({ length: count }, (_, i) => issue(random, page * count + i, recordSize));
    return Buffer.from(JSON.stringify({ issues, nextPageToken: `page ${page + 1}`, isLast: false }));
  });
}
