// literate_test.mjs -- the book as a literate program: the budget of its fronts,
// the code in the pages against the chunks, and the order of the modules.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { all, hasClass, parse, text } from './lib/html.mjs';
import { chapters, chunksOf, codeOf, contents, sourceOf } from './lib/noweb.mjs';
import { check, equal, none, run, test } from './lib/tap.mjs';

const PAGES = 'build/book';
const MOST = 40; // lines of a chunk
const COLUMNS = 78;

for (const chapter of chapters) chapter.chunks = chunksOf(chapter.file);

// ------------------------------------------------------------ chunk sizes

const linesOf = (chunk) => sourceOf(chunk).split('\n');

test('chunks are small', () => {
  check(chapters.length > 0, 'there are no chapters');
  none(
    chapters.flatMap(({ file, chunks }) =>
      chunks
        .map((chunk) => [chunk, linesOf(chunk).length])
        .filter(([, size]) => size > MOST)
        .map(([chunk, size]) => `${file}:${chunk.line}: ${chunk.name}: ${size} lines`),
    ),
    40,
  );
});

const budget = (files) =>
  spawnSync(
    'awk',
    ['-f', 'build/tools/budget.awk', ...files.flatMap((file) => [file, file])],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );

test('no front is over its budget, and no rule of chunks is broken', () => {
  const { status, stdout, stderr } = budget(chapters.map(({ file }) => file));
  none(stderr.split('\n').filter(Boolean), 40);
  equal(status, 0, 'the status of the budget');
  for (const { name } of chapters)
    if (/^\d/.test(name)) check(stdout.includes(name), `${name} is not in the table`);
});

// The budget must be able to fail: what it says of a chapter that breaks each rule.
test('the budget finds what is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'budget-'));
  try {
    const chunk = (name, code) => `<<${name}>>=\n${code}\n`;
    const text = [
      '# Bad {#sec:bad}\n\nEight words of prose before a chunk are enough.\n\n',
      chunk('bad.h', '<<bad.h: functions>>'),
      '@ A prototype is printed, and a function with a step.\n\n',
      chunk('bad.h: functions', 'static int f(int x);\n\nstatic int g(int x)\n{\n    <<a silent step>>\n}'),
      chunk('a silent step', 'fail("no");'),
      '@ So much for this.\n\n',
      chunk('bad.h: functions', 'static int f(int x)\n{\n    return x;\n}'),
      chunk('bad.h: functions', 'int long_one;\n'.repeat(41).trimEnd()),
      '@ The end.\n',
    ].join('');
    mkdirSync(join(folder, 'chapters'));
    const file = join(folder, 'chapters', '01-bad.nw');
    const complaints = (source) => {
      writeFileSync(file, source);
      return budget([file]).stderr;
    };
    const said = complaints(text);
    for (const words of [
      'used once and silent: <<a silent step>>',
      'nothing between this piece of <<bad.h: functions>>',
      '41 lines in <<bad.h: functions>>',
      'no prose before <<a silent step>>',
      'plumbing in a front: fail(',
      'f is declared here and defined elsewhere',
      'there is no line <!-- backstage -->',
    ])
      check(said.includes(words), `it does not say "${words}":\n${said}`);
    const many = `${'word '.repeat(6001)}\n\n<!-- backstage -->\n`;
    check(/6001 words/.test(complaints(many)), 'a front of 6001 words passes');
    check(complaints('Enough.\n\n<!-- backstage -->\n') === '', 'a good one does not');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('code is at most 78 columns wide, and has no tab or trailing space', () => {
  const problems = [];
  for (const { file, chunks } of chapters)
    for (const chunk of chunks)
      for (const [at, line] of linesOf(chunk).entries()) {
        const place = `${file}:${chunk.line + 1 + at}`;
        if ([...line].length > COLUMNS)
          problems.push(`${place}: ${[...line].length} columns`);
        if (/\s$/.test(line)) problems.push(`${place}: a space at the end`);
      }
  none(problems, 40);
});

test('code in C is plain ASCII and has no TeX', () => {
  none(
    chapters.flatMap(({ file, chunks }) =>
      chunks
        .filter(
          (chunk) =>
            /\.[ch]\b/.test(chunk.name) &&
            /[^\x00-\x7f]|\\frac|\\sum/.test(sourceOf(chunk)),
        )
        .map((chunk) => `${file}:${chunk.line}: ${chunk.name}`),
    ),
  );
});

test('prose is wrapped', () => {
  // Tables and pictures are one line by their nature; so are links in lists.
  const free = /^\s*[|!]|^\s*- |https?:|^Table:|^\S*$|^:::|^#|^\$\$|\{.*\}/;
  const problems = [];
  for (const { file } of chapters)
    for (const [at, line] of readFileSync(file, 'utf8').split('\n').entries())
      if ([...line].length > 100 && !free.test(line))
        problems.push(`${file}:${at + 1}: ${[...line].length} columns`);
  none(problems);
});

test('a chunk is defined where it is used, and used where it is defined', () => {
  const defined = new Set();
  const used = new Map();
  for (const { chunks } of chapters)
    for (const chunk of chunks) {
      defined.add(chunk.name);
      for (const part of chunk.parts)
        if (part.use !== undefined) used.set(part.use, chunk);
    }
  const isFile = (name) => /^\.?[\w-]+(\.[\w-]+)*$/.test(name);
  none([
    ...[...used]
      .filter(([name]) => !defined.has(name))
      .map(
        ([name, chunk]) => `${chunk.file}:${chunk.line}: <<${name}>> is not defined`,
      ),
    ...[...defined]
      .filter((name) => !used.has(name) && !isFile(name))
      .map((name) => `<<${name}>> is not used, and no file`),
  ]);
});

// ------------------------------------------------------ pages and chunks

// The code of a page's chunk, with uses written as codeOf writes them.
function codeOnPage(pre) {
  const plain = (element) => (hasClass(element, 'nwnum') ? '' : undefined);
  const withUses = (element) =>
    hasClass(element, 'nwref') ? `⟨${text(element, plain).trim()}⟩` : plain(element);
  return text(pre, withUses).trimEnd();
}

const squeeze = (name) => name.replace(/\s+/g, ' ').trim();

function chunksOfPage(name) {
  const path = `${PAGES}/${name}.html`;
  if (!existsSync(path)) return null;
  const tree = parse(readFileSync(path, 'utf8'));
  return all(tree, (element) => hasClass(element, 'nw')).map((box) => ({
    name: squeeze(
      text(all(box, (element) => hasClass(element, 'nwname'))[0] ?? { children: [] }),
    ),
    code: codeOnPage(
      all(box, (element) => element.tag === 'pre')[0] ?? { children: [] },
    ),
  }));
}

const plain = (chunk) => squeeze(chunk.name.replace(/\[\[|\]\]/g, ''));

// The first difference between a page's chunks and the source's, if any.
function difference(name, wanted) {
  const got = chunksOfPage(name);
  if (got === null) return [`no page ${name}.html`];
  for (const [at, chunk] of wanted.entries()) {
    const place = `${chunk.file}:${chunk.line}`;
    if (!got[at])
      return [
        `${name}.html has only ${got.length} of ${wanted.length} chunks; first missing: ${place}`,
      ];
    if (got[at].name !== plain(chunk))
      return [`${place}: <<${plain(chunk)}>>, but the page has <<${got[at].name}>>`];
    const ours = codeOf(chunk).split('\n');
    const theirs = got[at].code.split('\n');
    const line = ours.findIndex(
      (text, i) => text.trimEnd() !== (theirs[i] ?? '').trimEnd(),
    );
    if (line >= 0)
      return [
        `${chunk.file}:${chunk.line + 1 + line}: "${ours[line]}", but the page has "${theirs[line]}"`,
      ];
    if (theirs.length > ours.length) return [`${place}: the page has more lines`];
  }
  return got.length > wanted.length
    ? [
        `${name}.html has ${got.length} chunks, ${chapters.length ? wanted.length : 0} are written`,
      ]
    : [];
}

test('the code in the pages is the code in the chapters', () => {
  none(
    chapters.flatMap(({ name, chunks }) =>
      ['front', 'backstage'].flatMap((half) => {
        const wanted = chunks.filter((chunk) => chunk.half === half);
        const page = half === 'front' ? name : `${name}-backstage`;
        return half === 'front' || wanted.length > 0 ? difference(page, wanted) : [];
      }),
    ),
  );
});

test('the code of the solutions is the code in the chapters', () => {
  const solutions = chapters.flatMap(({ chunks }) =>
    chunks.filter((chunk) => chunk.half === 'solution'),
  );
  if (solutions.length > 0) none(difference('solutions', solutions));
});

// --------------------------------------------------------- order of modules

const listed = contents();

// Where a module stands: 0 in an appendix, else the number of its chapter.
const rank = new Map();
for (const { name, chunks } of chapters)
  for (const chunk of chunks)
    if (!rank.has(chunk.name))
      rank.set(chunk.name, /^\d/.test(name) ? Number(name.match(/^\d+/)[0]) : 0);

const tangled = existsSync('tangled')
  ? readdirSync('tangled').flatMap((room) =>
      readdirSync(`tangled/${room}`)
        .filter((name) => /\.[ch]$/.test(name))
        .map((name) => `${room}/${name}`),
    )
  : [];
const includes = new Map(
  tangled.map((name) => [
    name,
    [
      ...readFileSync(`tangled/${name}`, 'utf8').matchAll(
        /^\s*#\s*include\s*"([^"]+)"/gm,
      ),
    ].map(([, header]) => header),
  ]),
);

test('every chapter that is written is listed, with its number', () => {
  check(listed.length > 0, 'book.md lists no chapters');
  none(
    chapters
      .filter(({ name }) => !listed.some((entry) => entry.name === name))
      .map(({ file }) => `${file} is not in book.md`),
  );
});

// A header may be made by a program of the book, as its first line then says.
const baked = (name) => /^.* baked by /.test(readFileSync(`tangled/${name}`, 'utf8'));

// A header in double stands where the one in float stands, no matter whether the
// build makes it from that or a later chapter gives it: only checks include it.
for (const path of tangled) {
  const name = path.replace(/.*\//, '');
  const single = name.replace(/_double\.h$/, '.h');
  if (rank.has(single)) rank.set(name, rank.get(single));
  if (rank.has(name)) rank.set(path, rank.get(name));
}

// What an appendix gives stands where the latest of what it includes stands: a
// header of the kit may build on a chapter, and is then of no use before it.
const inAppendix = (name) => rank.has(name) && rank.get(name) === 0;
const standing = (name, path = []) =>
  path.includes(name) || !inAppendix(name)
    ? (rank.get(name) ?? 0)
    : Math.max(0, ...(includes.get(name) ?? []).map((h) => standing(h, [...path, name])));
for (const [name, place] of tangled.filter(inAppendix).map((n) => [n, standing(n)]))
  rank.set(name, place);

test('modules include only what stands before them', () => {
  check(tangled.length > 0, 'tangled/ is empty');
  const problems = [];
  for (const [name, headers] of includes) {
    if (!rank.has(name) && !baked(name))
      problems.push(`tangled/${name} has no chapter`);
    for (const header of headers)
      if (!includes.has(header))
        problems.push(`tangled/${name} includes ${header}, which no chapter gives`);
      else if (rank.get(header) > rank.get(name))
        problems.push(`tangled/${name} includes ${header}, which comes later`);
  }
  none(problems);
});

test('modules do not include each other in circles', () => {
  const problems = [];
  const done = new Set();
  const visit = (name, path) => {
    if (path.includes(name))
      problems.push([...path.slice(path.indexOf(name)), name].join(' includes '));
    else if (!done.has(name))
      for (const header of includes.get(name) ?? []) visit(header, [...path, name]);
    done.add(name);
  };
  for (const name of tangled) visit(name, []);
  none(problems);
});

test('functions have at most 60 lines', () => {
  const problems = [];
  for (const name of tangled) {
    const lines = readFileSync(`tangled/${name}`, 'utf8').split('\n');
    for (const [at, line] of lines.entries()) {
      if (line !== '{') continue;
      const length = lines.slice(at).indexOf('}');
      if (length > 60)
        problems.push(`tangled/${name}:${at + 1}: a function of ${length - 1} lines`);
    }
  }
  none(problems);
});

test('what is committed names no folder of one machine', () => {
  const problems = [];
  const suspicious = /(^|[\s"'=(:])\/(root|work|home\/\w+|Users)\/[\w.]/;
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`.replace(/^\.\//, '');
      if (/^(\.git|build)$/.test(path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (
        /(\.(nw|md|[ch]|sh|mjs|js|css|py|txt|bib)|run|Makefile)$/.test(entry.name)
      )
        for (const [at, line] of readFileSync(path, 'utf8').split('\n').entries())
          if (suspicious.test(line))
            problems.push(`${path}:${at + 1}: ${line.trim().slice(0, 80)}`);
    }
  };
  visit('.');
  none(problems);
});

await run();
