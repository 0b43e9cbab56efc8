import { below } from '../../http/random.ts';
import { type ByteWriter, put, reserve } from '../../http/writer.ts';
import { FILLER, phrase } from '../../texts.ts';
import type { Person } from './people.ts';

/** Start of a document in Atlassian Document Format. */
const OPEN = Buffer.from('{"type":"doc","version":1,"content":[');
const NULL = Buffer.from('null');
const CLOSE = Buffer.from(']}');
const COMMA = Buffer.from(',');
const TEXT_OPEN = Buffer.from('{"type":"paragraph","content":[{"type":"text","text":"');
const TEXT_CLOSE = Buffer.from('"}]}]}');
/** Size of the smallest document that this module writes. */
const LEAST = OPEN.length + TEXT_OPEN.length + TEXT_CLOSE.length;

/** The blocks (paragraphs, lists, code, mentions) that make up descriptions and comments. */
export type AdfBlocks = readonly Buffer[];

/** 96 blocks of 100 to 700 bytes, a third of them with text outside Latin-1. */
export function adfBlocks(seed: number, people: readonly Person[]): AdfBlocks {
  return Array.from({ length: 96 }, (_, index) => Buffer.from(JSON.stringify(block(seed, index, people))));
}

function block(seed: number, index: number, people: readonly Person[]): object {
  const text = (salt: number, marks?: object[]) => ({ type: 'text', text: phrase(seed, index, salt), marks });
  const paragraph = (...content: object[]) => ({ type: 'paragraph', content });
  switch (index % 6) {
    case 0:
      return { type: 'heading', attrs: { level: 2 }, content: [text(1)] };
    case 1:
      return {
        type: 'bulletList',
        content: [1, 2, 3].map((salt) => ({ type: 'listItem', content: [paragraph(text(salt))] })),
      };
    case 2:
      return {
        type: 'codeBlock',
        attrs: { language: 'java' },
        content: [
          {
            type: 'text',
            text: `if (order.total() < 0.01) {\n\tthrow new IllegalStateException("${index}: C:\\\\temp");\n}`,
          },
        ],
      };
    case 3: {
      const who = people[below(people.length, seed, index, 4)]!;
      return paragraph(
        { type: 'mention', attrs: { id: who.accountId, text: `@${who.displayName}`, accessLevel: '' } },
        text(5),
      );
    }
    case 4:
      return paragraph(text(1), { type: 'hardBreak' }, text(2, [{ type: 'strong' }]), {
        type: 'emoji',
        attrs: { shortName: ':tada:', text: '🎉' },
      });
    default:
      return paragraph(
        text(1),
        text(2),
        text(3, [{ type: 'link', attrs: { href: `https://wiki.example/p/${index}?a=1&b=2` } }]),
      );
  }
}

/** Writes a document of a few blocks, for a comment. `n` and `salt` choose the blocks. */
export function putDocument(out: ByteWriter, blocks: AdfBlocks, seed: number, n: number, salt: number): void {
  put(out, OPEN);
  put(out, blocks[below(blocks.length, seed, n, salt)]!);
  put(out, CLOSE);
}

/** Writes a document of exactly `bytes` bytes, or `null` if `bytes` is too small for one. */
export function putDocumentOf(
  out: ByteWriter,
  blocks: AdfBlocks,
  bytes: number,
  seed: number,
  n: number,
): void {
  if (bytes < LEAST + 1) {
    put(out, NULL);
    return;
  }
  let left = bytes - LEAST;
  put(out, OPEN);
  for (let i = 0; i < 200; i++) {
    const next = blocks[below(blocks.length, seed, n, 9000 + i)]!;
    if (next.length + 1 > left - 40) break;
    put(out, next);
    put(out, COMMA);
    left -= next.length + 1;
  }
  put(out, TEXT_OPEN);
  reserve(out, left);
  for (let from = below(997, seed, n, 8999); left > 0; from = 0) {
    const size = Math.min(left, FILLER.length - from);
    out.bytes.set(FILLER.subarray(from, from + size), out.length);
    out.length += size;
    left -= size;
  }
  put(out, TEXT_CLOSE);
}
