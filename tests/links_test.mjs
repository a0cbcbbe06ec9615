// links_test.mjs -- every page of build/book, read as a file: each link and
// each picture leads somewhere inside the book, nothing is fetched from
// elsewhere, and the page is sound HTML with a text for every picture.

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { all, hasClass, parse, text } from './lib/html.mjs';
import { check, none, run, test } from './lib/tap.mjs';

const BOOK = 'build/book';

const files = existsSync(BOOK)
  ? readdirSync(BOOK).filter((name) => name.endsWith('.html'))
  : [];
const pages = new Map();
for (const name of files) {
  const problems = [];
  const tree = parse(readFileSync(join(BOOK, name), 'utf8'), problems);
  const ids = all(tree, (element) => 'id' in element.attributes).map(
    (element) => element.attributes.id,
  );
  pages.set(join(BOOK, name), { name, tree, problems, ids });
}

// Runs `inspect(page)` on every page and gives its complaints, with the page's
// name before them.
const complaints = (inspect) =>
  [...pages.values()].flatMap((page) =>
    inspect(page).map((what) => `${page.name}: ${what}`),
  );

const elements = (page, ...tags) =>
  all(page.tree, (element) => tags.includes(element.tag));

const external = (link) => /^(https?:|mailto:)/.test(link);

// What is wrong with a link that stands in `file`; null if nothing is.
function broken(link, file) {
  if (external(link) || link.startsWith('data:')) return null;
  if (/^\w+:|^\//.test(link)) return `${link} works on one machine only`;
  const [path, fragment] = link.split('#').map(decodeURIComponent);
  const target =
    path === '' ? file : normalize(join(dirname(file), path.replace(/\?.*/, '')));
  if (relative(BOOK, target).startsWith('..')) return `${link} leaves the book`;
  if (!existsSync(target) || !statSync(target).isFile())
    return `${link}: there is no ${relative(BOOK, target)}`;
  if (fragment && pages.has(target) && !pages.get(target).ids.includes(fragment))
    return `${link}: no such anchor`;
  return null;
}

test('the book has a page for every chapter that is written', () => {
  check(pages.size > 0, `no pages in ${BOOK}: run ./build.sh first`);
  const chapters = readdirSync('chapters')
    .filter((name) => name.endsWith('.nw'))
    .map((name) => name.replace(/nw$/, 'html'));
  none(
    ['index.html', ...chapters]
      .filter((name) => !files.includes(name))
      .map((name) => `no ${name}`),
  );
});

// bytes of a chapter
const MOST = 500000;

test('a chapter is small enough to answer at once', () => {
  none(
    files
      .filter((name) => /^\d\d-/.test(name))
      .map((name) => [name, statSync(join(BOOK, name)).size])
      .filter(([, size]) => size > MOST)
      .map(([name, size]) => `${name} has ${size} bytes`),
  );
});

test('front and backstage lead to each other', () => {
  const links = (name) =>
    all(pages.get(join(BOOK, name)).tree, (element) => element.tag === 'main')
      .flatMap((main) => all(main, (element) => element.tag === 'a'))
      .map((a) => a.attributes.href ?? '');
  none(
    files
      .filter((name) => /^\d\d-[a-z]+\.html$/.test(name))
      .flatMap((front) => {
        const back = front.replace('.html', '-backstage.html');
        if (!files.includes(back)) return [`${front} has no backstage`];
        return [
          [front, back],
          [back, front],
        ]
          .filter(([from, to]) => !links(from).some((href) => href.startsWith(to)))
          .map(([from, to]) => `${from} does not lead to ${to}`);
      }),
  );
});

test('every link leads to a page and an anchor', () => {
  none(
    complaints((page) =>
      elements(page, 'a', 'area')
        .filter((a) => 'href' in a.attributes)
        .map((a) =>
          a.attributes.href === ''
            ? 'an empty link'
            : broken(a.attributes.href, join(BOOK, page.name)),
        )
        .filter(Boolean),
    ),
  );
});

test('every link has a text', () => {
  none(
    complaints((page) =>
      elements(page, 'a')
        .filter(
          (a) =>
            'href' in a.attributes &&
            !text(a).trim() &&
            !a.attributes['aria-label'] &&
            all(a, (e) => e.tag === 'img' || e.tag === 'svg').length === 0,
        )
        .map((a) => `nothing to read in the link to ${a.attributes.href}`),
    ),
  );
});

test('style sheets, scripts and pictures lie in the book', () => {
  none(
    complaints((page) =>
      all(page.tree)
        .flatMap(({ tag, attributes }) => {
          const sources =
            tag === 'link'
              ? [attributes.href]
              : [
                  attributes.src,
                  attributes.poster,
                  ...Object.entries(attributes)
                    .filter(
                      ([name, value]) =>
                        name.startsWith('data-') && /\.(png|js|html|css)$/.test(value),
                    )
                    .map(([, value]) => value),
                ];
          if (attributes.srcset)
            sources.push(
              ...attributes.srcset.split(',').map((part) => part.trim().split(/\s/)[0]),
            );
          return sources.filter((source) => source !== undefined);
        })
        .map((source) =>
          external(source)
            ? `${source} is fetched from elsewhere`
            : broken(source, join(BOOK, page.name)),
        )
        .filter(Boolean),
    ),
  );
});

// A declaration may name the same font in several formats; the browser takes
// the first that it can, so one of them has to be there.
test('style sheets fetch nothing that is missing or elsewhere', () => {
  const problems = [];
  const sheets = existsSync(BOOK)
    ? readdirSync(BOOK).filter((name) => name.endsWith('.css'))
    : [];
  for (const sheet of sheets)
    for (const declaration of readFileSync(join(BOOK, sheet), 'utf8').split(/[;{}]/)) {
      const links = [
        ...declaration.matchAll(/(?:url\(\s*|@import\s+)["']?([^"')]+)/g),
      ].map(([, link]) => link);
      const wrong = links.map((link) =>
        external(link) ? `${link} is elsewhere` : broken(link, join(BOOK, sheet)),
      );
      if (links.length > 0 && wrong.every(Boolean))
        problems.push(`${sheet}: ${wrong[0]}`);
    }
  none(problems);
});

test('no id stands twice on a page', () => {
  none(
    complaints(({ ids }) =>
      ids
        .filter((id, at) => ids.indexOf(id) !== at)
        .map((id) => `two elements are called ${id}`),
    ),
  );
});

test('elements are nested and closed', () => {
  none(complaints(({ problems }) => problems));
});

test('every picture has a text and a size', () => {
  none(
    complaints((page) =>
      elements(page, 'img').flatMap(({ attributes }) => {
        if (!('alt' in attributes)) return [`${attributes.src} has no alt`];
        if (attributes.alt.trim().length < 10)
          return [`${attributes.src}: alt="${attributes.alt}"`];
        if (!attributes.width || !attributes.height)
          return [`${attributes.src} has no width and height`];
        return [];
      }),
    ),
  );
});

test('every page names its language, title, one heading and a skip link', () => {
  none(
    complaints((page) => {
      const wrong = [];
      if (elements(page, 'html')[0]?.attributes.lang !== 'en')
        wrong.push('no lang="en"');
      if (!elements(page, 'title').some((title) => text(title).trim()))
        wrong.push('no title');
      if (elements(page, 'h1').length !== 1)
        wrong.push(`${elements(page, 'h1').length} h1`);
      if (!elements(page, 'meta').some((meta) => meta.attributes.name === 'viewport'))
        wrong.push('no viewport for phones');
      const first = elements(page, 'a').find((a) => 'href' in a.attributes);
      if (!first?.attributes.href.startsWith('#'))
        wrong.push('the first link does not skip to the text');
      return wrong;
    }),
  );
});

test('headings go down one level at a time', () => {
  none(
    complaints((page) => {
      const levels = elements(page, 'h1', 'h2', 'h3', 'h4', 'h5', 'h6').map(
        (heading) => [Number(heading.tag[1]), text(heading).trim()],
      );
      return levels
        .filter(([level], at) => at > 0 && level > levels[at - 1][0] + 1)
        .map(([level, title]) => `h${level} "${title}" skips a level`);
    }),
  );
});

test('every page can be reached from the first', () => {
  const seen = new Set(['index.html']);
  for (const name of seen)
    for (const a of elements(pages.get(join(BOOK, name)) ?? { tree: parse('') }, 'a')) {
      const target = (a.attributes.href ?? '').split('#')[0];
      if (pages.has(join(BOOK, target))) seen.add(target);
    }
  none(
    files.filter((name) => !seen.has(name)).map((name) => `nothing leads to ${name}`),
  );
});

// What a filter would leave behind when it missed something: placeholders,
// markup and references.
const LEFT_OVERS = [
  /nwrefx?\d+x/,
  /@<</,
  /<<[^>\n]+>>=/,
  /\]\(#(sec|fig|eq|tab|ex):/,
  /\[@\w+\]/,
  /\\result/,
  /\{\.result/,
  /\{#(sec|fig|eq|tab|ex):/,
  /\{\.(run|live|exercise)/,
  /^:::/m,
  /\?\?/,
  /\bundefined\b.*\bundefined\b/,
  /\bNaN\b.*\bNaN\b.*\bNaN\b/,
];

test('nothing of the markup is left in the text', () => {
  none(
    complaints((page) => {
      const quoted = (element) =>
        ['pre', 'code', 'script', 'style', 'math', 'table'].includes(element.tag) ||
        hasClass(element, 'katex')
          ? ''
          : undefined;
      const [body] = elements(page, 'main').concat(elements(page, 'body'));
      const plain = text(body ?? page.tree, quoted);
      return LEFT_OVERS.map((pattern) => plain.match(pattern)?.[0])
        .filter(Boolean)
        .map((found) => `"${found.slice(0, 60)}" in the text`);
    }),
  );
});

test('nothing names a folder of the machine that built it', () => {
  const here = process.cwd();
  none(
    complaints((page) => {
      const source = readFileSync(join(BOOK, page.name), 'utf8');
      const at = source.indexOf(here);
      return at < 0
        ? []
        : [`...${source.slice(Math.max(0, at - 40), at + here.length + 40)}...`];
    }),
  );
});

await run();
