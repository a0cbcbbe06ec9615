// The chapters as noweb's own `markup` reads them.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const MARKUP = '/usr/lib/noweb/markup';
const SOLUTIONS = '<!-- solutions -->';
const BORDER = '<!-- backstage -->';

// The chunks of one file, in order: { file, line, name, parts, half }, where half
// is front, backstage or solution.
// `line` is where the definition begins; `parts` are strings and { use }.
export function chunksOf(file) {
  const chunks = [];
  let line = 1;
  let here = null;
  let half = 'front';
  const out = execFileSync(MARKUP, [file], { encoding: 'utf8', maxBuffer: 1 << 28 });
  for (const row of out.split('\n')) {
    const [, keyword, , value = ''] = row.match(/^@(\S+)( (.*))?$/s) ?? [];
    if (keyword === 'nl') line++;
    if (keyword === 'text' && value === SOLUTIONS) half = 'solution';
    if (keyword === 'text' && value === BORDER) half = 'backstage';
    if (keyword === 'defn')
      chunks.push((here = { file, line, name: value, parts: [], half }));
    if (keyword === 'end') here = null;
    if (!here) continue;
    if (keyword === 'text') here.parts.push(value);
    if (keyword === 'nl') here.parts.push('\n');
    if (keyword === 'use') here.parts.push({ use: value });
  }
  return chunks;
}

export const chapters = readdirSync('chapters')
  .filter((name) => name.endsWith('.nw'))
  .sort()
  .map((name) => ({ name: name.replace(/\.nw$/, ''), file: `chapters/${name}` }));

// Quotes in a chunk's name are set in another face and lose their brackets.
export const plainName = (name) => name.replace(/\[\[|\]\]/g, '');

// The code of a chunk as a reader sees it: without the newline after its
// name, and with uses in angle brackets.
export function codeOf(chunk) {
  const text = chunk.parts
    .map((part) => (part.use === undefined ? part : `⟨${plainName(part.use)}⟩`))
    .join('');
  return text.replace(/^\n/, '').trimEnd();
}

// The code as it is typed.
export function sourceOf(chunk) {
  const text = chunk.parts
    .map((part) => (part.use === undefined ? part : `<<${part.use}>>`))
    .join('');
  return text.replace(/^\n/, '').trimEnd();
}

// The chapters of book.md, in order: { name, title, appendix }.
export function contents() {
  return [...readFileSync('book.md', 'utf8').matchAll(/^- (\w+-\w+): (.*?)(?: \{.*\})?$/gm)].map(
    ([, name, title]) => ({ name, title, appendix: /^[A-Z]/.test(name) }),
  );
}
