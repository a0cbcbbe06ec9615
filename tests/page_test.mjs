// page_test.mjs -- the pages as a reader has them: opened from the disk in
// Chromium, with a mouse, a keyboard and a phone.

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chunksOf, sourceOf } from './lib/noweb.mjs';
import { check, equal, eventually, none, run, sleep, test } from './lib/tap.mjs';
import { Browser, missing } from './lib/webdriver.mjs';

const BOOK = 'build/book';
const DESKTOP = [1280, 900];
const PHONE = [390, 844, true];
const WINDOW_HEIGHT = 840; // of both

const reason = missing();
if (reason) {
  console.log(`1..1\nok 1 - the pages in a browser # SKIP ${reason}`);
  process.exit(0);
}

const all = existsSync(BOOK)
  ? readdirSync(BOOK)
      .filter((name) => name.endsWith('.html'))
      .sort()
  : [];
const chapters = all.filter((name) => /^\d\d-/.test(name));
const address = (page, book = BOOK) => pathToFileURL(resolve(book, page)).href;

if (chapters.length === 0) {
  console.log(
    `1..1\nnot ok 1 - the pages in a browser\n# no chapters in ${BOOK}: run ./build.sh first`,
  );
  process.exit(1);
}

const browser = await Browser.start();
await browser.window(...DESKTOP);

// Opens a page, with the theme of the system, and waits until its figures live.
async function open(page, book = BOOK) {
  await browser.open(address(page, book));
  await eventually(() => browser.run(() => document.readyState === 'complete'));
}

// ---------------------------------------------------------------- figures

const WANTED = '.figure-box[data-program]';
const LIVE = '.figure-box:has(canvas)';

const count = (css) =>
  browser.run((what) => document.querySelectorAll(what).length, css);

// Runs a function of the box of the live figure number `at`.
const inFigure = (at, body) =>
  browser.run(`(css, at) => (${body})(document.querySelectorAll(css)[at])`, LIVE, at);

// Scrolls to every figure and waits until it lives; gives how many do.
async function wakeFigures() {
  const wanted = await count(WANTED);
  for (let at = 0; at < wanted; at++) {
    const alive = (css, index) => {
      const box = document.querySelectorAll(css)[index];
      box.scrollIntoView({ block: 'center', behavior: 'instant' });
      return box.querySelector('canvas') !== null;
    };
    await eventually(() => browser.run(alive, WANTED, at), 20);
  }
  return count(LIVE);
}

// A number that changes when any pixel of the figure does.
const pixels = (at) =>
  inFigure(at, (box) => {
    const canvas = box.querySelector('canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    let hash = 0;
    for (const word of new Uint32Array(data.buffer))
      hash = (Math.imul(hash, 16777619) ^ word) >>> 0;
    return hash;
  });

// The pixels when they have stopped changing.
async function settled(at) {
  let before = await pixels(at);
  for (let i = 0; i < 40; i++) {
    await sleep(60);
    const now = await pixels(at);
    if (now === before) return now;
    before = now;
  }
  return before;
}

// True as soon as the pixels are others than these.
const changed = (at, before) =>
  eventually(async () => (await pixels(at)) !== before, 0.2);

const describe = (at) =>
  inFigure(at, (box) => {
    const canvas = box.querySelector('canvas');
    canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const name = `${box.dataset.program}-${box.dataset.figure}`;
    const controls = canvas.tabIndex === 0;
    return { name, left, top, width, height, pixels: canvas.width, controls };
  });

const away = () =>
  browser.pointer([
    ['move', 2, 2],
    ['pause', 40],
  ]);

// Points all over a figure, the middle first, as parts of its size.
const PLACES = [0.5, 0.3, 0.7, 0.15, 0.85, 0.95, 0.07].flatMap((v) =>
  [0.5, 0.3, 0.7, 0.15, 0.85].map((u) => [u, v]),
);

// A place of a figure in the window, where it may have moved meanwhile.
async function point(at, u, v) {
  const { left, top, width, height } = await describe(at);
  return [left + u * width, Math.min(Math.max(top + v * height, 1), WINDOW_HEIGHT)];
}

async function hoverChanges(at) {
  await describe(at);
  await away();
  const before = await settled(at);
  for (const place of PLACES) {
    await browser.pointer([
      ['move', ...(await point(at, ...place))],
      ['pause', 40],
    ]);
    if (await changed(at, before)) return true;
  }
  return false;
}

const ACROSS = [0.12, 0];
const UP = [0, -0.15];

const scrolled = () => browser.run(() => scrollY);

// Drags count only if they leave something behind when the pointer is gone,
// and if the page stays where it is.
async function dragChanges(at, kind = 'mouse', directions = [ACROSS, UP]) {
  await describe(at);
  if (kind === 'mouse') await away();
  const before = await settled(at);
  for (const [u, v] of PLACES)
    for (const [du, dv] of directions) {
      const path = [['move', ...(await point(at, u, v))], ['down']];
      for (const part of [0.5, 1])
        path.push(['move', ...(await point(at, u + part * du, v + part * dv))]);
      const height = await scrolled();
      await browser.pointer([...path, ['up']], kind);
      if (kind === 'mouse') await away();
      const changes = (await settled(at)) !== before;
      if (changes && (await scrolled()) === height) return true;
    }
  return false;
}

// Tab goes from one control to the next, and arrows change it.
async function keysChange(at) {
  await describe(at);
  await away();
  await inFigure(at, (box) => box.querySelector('canvas').focus());
  for (let control = 0; control < 6; control++) {
    if (!(await inFigure(at, (box) => box.contains(document.activeElement)))) break;
    const before = await settled(at);
    for (const key of ['Right', 'Left', 'Up', 'Down']) {
      await browser.keys(key);
      if (await changed(at, before)) return true;
    }
    await browser.keys('Tab');
  }
  return false;
}

const figured = all.filter((page) =>
  /<div class="figure-box[^>]*data-program=/.test(
    readFileSync(join(BOOK, page), 'utf8'),
  ),
);

for (const page of figured) {
  test(`${page}: every figure becomes live`, async () => {
    await open(page);
    const live = await wakeFigures();
    check(live > 0, 'the page has no live figure');
    const errors = await browser.run(() =>
      (window.FIGURES?.instances ?? [])
        .filter(({ error }) => error)
        .map(({ figure, error }) => `${figure}: ${error}`),
    );
    none(errors);
    equal(live, await count(WANTED), 'figures that became live');
    for (let at = 0; at < live; at++) {
      const shown = await inFigure(at, (box) => ({
        pictures: [...box.querySelectorAll('img')].filter((img) => img.offsetParent)
          .length,
        label: box.querySelector('canvas').getAttribute('aria-label'),
      }));
      const { name } = await describe(at);
      equal(shown.pictures, 0, `pictures beside the canvas of ${name}`);
      check(shown.label, `the canvas of ${name} has no label`);
    }
  }, 120);
}

for (const page of chapters) {
  test(`${page}: figures answer to hovering, dragging and keys`, async () => {
    await open(page);
    const live = await wakeFigures();
    const problems = [];
    const answered = { hover: 0, drag: 0, keys: 0 };
    for (let at = 0; at < live; at++) {
      const { name, controls } = await describe(at);
      const hover = await hoverChanges(at);
      const drag = controls && (await dragChanges(at));
      const keys = controls && (await keysChange(at));
      if (!hover && !drag) problems.push(`${name} answers to no pointer`);
      if (controls && !keys) problems.push(`${name} answers to no key`);
      answered.hover += hover;
      answered.drag += drag;
      answered.keys += keys;
    }
    for (const [what, figures] of Object.entries(answered))
      if (figures === 0) problems.push(`no figure of the page answers to ${what}`);
    none(problems);
  }, 240);
}

// The keyboard reaches a field, and what is typed appears in the picture.
async function typingChanges(at) {
  await describe(at);
  await inFigure(at, (box) => box.querySelector('canvas').focus());
  for (let control = 0; control < 8; control++) {
    if (!(await inFigure(at, (box) => box.contains(document.activeElement)))) break;
    const before = await settled(at);
    await browser.type('q');
    if (await changed(at, before)) return true;
    await browser.keys('Tab');
  }
  return false;
}

test('text can be typed into a figure', async () => {
  for (const page of [...figured].reverse()) {
    await open(page);
    const live = await wakeFigures();
    for (let at = 0; at < live; at++)
      if ((await describe(at)).controls && (await typingChanges(at))) return;
  }
  throw new Error('no figure of the book takes text');
}, 120);

// ------------------------------------------------------------------ themes

const paper = () => browser.run(() => getComputedStyle(document.body).backgroundColor);
const isDark = (color) =>
  color
    .match(/[\d.]+/g)
    .slice(0, 3)
    .reduce((sum, value) => sum + Number(value), 0) < 200;

async function chooseTheme(name) {
  for (let i = 0; i < 4; i++) {
    if ((await browser.run(() => document.documentElement.dataset.theme)) === name)
      return;
    await browser.click('.theme');
  }
  throw new Error(`the switch never shows the theme "${name}"`);
}

test('the switch changes the theme, figures follow, and the next page remembers', async () => {
  await open(chapters[0]);
  await wakeFigures();
  await chooseTheme('light');
  await away();
  check(!isDark(await paper()), `light is ${await paper()}`);
  await describe(0);
  const light = await settled(0);
  await chooseTheme('dark');
  check(isDark(await paper()), `dark is ${await paper()}`);
  await describe(0);
  check(
    await eventually(async () => (await pixels(0)) !== light, 5),
    'the figure stays light',
  );
  await open(all.find((name) => name === 'index.html') ?? chapters[0]);
  check(isDark(await paper()), 'the first page is light again');
  await chooseTheme('system');
});

test('the theme follows the system', async () => {
  await open(chapters[0]);
  await wakeFigures();
  await browser.system('light');
  check(!isDark(await paper()), `light is ${await paper()}`);
  await describe(0);
  const light = await settled(0);
  await browser.system('dark');
  check(isDark(await paper()), `dark is ${await paper()}`);
  check(
    await eventually(async () => (await pixels(0)) !== light, 5),
    'the figure stays light',
  );
  await browser.system('light');
});

// Contrast of text against the ground that it stands on (WCAG 2, 1.4.3).
test('text stands out from its ground in both themes', async () => {
  const problems = [];
  for (const theme of ['light', 'dark']) {
    await browser.system(theme);
    await open(chapters[0]);
    problems.push(
      ...(await browser.run((name) => {
        const pen = document
          .createElement('canvas')
          .getContext('2d', { willReadFrequently: true });
        const rgba = (color) => {
          pen.clearRect(0, 0, 1, 1);
          pen.fillStyle = color;
          pen.fillRect(0, 0, 1, 1);
          return [...pen.getImageData(0, 0, 1, 1).data];
        };
        const light = (color) =>
          color
            .slice(0, 3)
            .map((value) =>
              value / 255 <= 0.04045
                ? value / 255 / 12.92
                : ((value / 255 + 0.055) / 1.055) ** 2.4,
            )
            .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
        const ground = (element) => {
          for (let at = element; at; at = at.parentElement) {
            const color = rgba(getComputedStyle(at).backgroundColor);
            if (color[3] === 255) return color;
          }
          return [255, 255, 255, 255];
        };
        const found = new Map();
        const walk = document.createTreeWalker(
          document.querySelector('main'),
          NodeFilter.SHOW_TEXT,
        );
        while (walk.nextNode()) {
          const element = walk.currentNode.parentElement;
          if (
            !walk.currentNode.data.trim() ||
            !element.offsetParent ||
            element.closest('.katex-mathml, .copy, .anchor')
          )
            continue;
          const [a, b] = [
            light(rgba(getComputedStyle(element).color)),
            light(ground(element)),
          ].sort((x, y) => y - x);
          const ratio = (a + 0.05) / (b + 0.05);
          if (ratio < 4.4)
            found.set(
              `${element.tagName}.${element.className}`,
              `${name}: "${walk.currentNode.data.trim().slice(0, 30)}" in ${element.tagName}.${element.className}: ${ratio.toFixed(2)}`,
            );
        }
        return [...found.values()];
      }, theme)),
    );
  }
  await browser.system('light');
  none(problems);
});

// ------------------------------------------------------------------ search

const openSearch = async () => {
  await browser.keys('/');
  check(
    await eventually(() => browser.run(() => document.querySelector('#search')?.open)),
    'the key / opens no search',
  );
};

const results = () =>
  browser.run(() =>
    [...document.querySelectorAll('#search ol a')].map((a) => a.getAttribute('href')),
  );

test('search finds a word, and its result leads there', async () => {
  await open('index.html');
  await openSearch();
  await browser.type('temperature');
  const found = await eventually(async () =>
    (await results()).length > 0 ? results() : null,
  );
  check(found, 'nothing found for "temperature"');
  check(
    found.some((href) => href.startsWith('01-softmax')),
    `no result in the chapter on softmax: ${found}`,
  );
  await browser.keys('Enter');
  const landed = await eventually(async () => (await browser.url()).endsWith(found[0]));
  check(landed, `Enter leads to ${await browser.url()}, not to ${found[0]}`);
  check(
    await eventually(() =>
      browser.run(() => {
        if (!location.hash) return true;
        const { top, bottom } = document
          .getElementById(decodeURIComponent(location.hash.slice(1)))
          .getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      }),
    ),
    'the place that was found is not in view',
  );
});

test('search finds an identifier of the code, and says when it finds nothing', async () => {
  await open(chapters[0]);
  await browser.click('.find');
  await browser.type('softmax_backward');
  check(
    await eventually(async () => (await results()).length > 0),
    'nothing found for "softmax_backward"',
  );
  for (let i = 0; i < 20; i++) await browser.keys('Backspace');
  await browser.type('qqxqqz');
  check(
    await eventually(async () => (await results()).length === 0),
    'something found for "qqxqqz"',
  );
  const said = await browser.run(() => document.querySelector('#search').innerText);
  check(/nothing/i.test(said), `it says "${said}"`);
  // The first Escape may empty the field, as fields for searching do.
  await browser.keys('Escape', 'Escape');
  check(
    await eventually(() => browser.run(() => !document.querySelector('#search').open)),
    'Escape leaves the search open',
  );
});

// --------------------------------------------------------- turning the pages

test('arrow keys turn the pages', async () => {
  await open(chapters[0]);
  await browser.keys('Right');
  check(
    await eventually(async () => (await browser.url()).includes(chapters[1])),
    `Right leads to ${await browser.url()}`,
  );
  await eventually(() => browser.run(() => document.readyState === 'complete'));
  await browser.keys('Left');
  check(
    await eventually(async () => (await browser.url()).includes(chapters[0])),
    `Left leads to ${await browser.url()}`,
  );
});

test('an arrow key in a figure does not turn the page', async () => {
  await open(chapters[0]);
  await wakeFigures();
  await browser.run((live) => document.querySelector(`${live} canvas`).focus(), LIVE);
  await browser.keys('Right', 'Right', 'Left');
  await sleep(300);
  check(
    (await browser.url()).includes(chapters[0]),
    `the page is now ${await browser.url()}`,
  );
});

test('the contents mark the chapter that is open', async () => {
  for (const page of chapters) {
    await open(page);
    equal(
      await browser.run(
        () =>
          document
            .querySelector('#contents [aria-current]')
            ?.getAttribute('href')
            ?.split('#')[0],
      ),
      page,
      'marked',
    );
  }
});

// ------------------------------------------------------------------- chunks

const preview = () =>
  browser.run(() => {
    const box = document.querySelector('#preview');
    if (!box || box.hidden) return null;
    const { left, right, top } = box.getBoundingClientRect();
    return {
      text: box.innerText,
      fits:
        left >= 0 &&
        right <= document.documentElement.clientWidth &&
        top > -box.offsetHeight,
    };
  });

const hover = async (css) => {
  const at = await browser.place(css);
  check(at, `no ${css} on the page`);
  await browser.pointer([
    ['move', at.left - 8, at.top - 8],
    ['move', at.left + Math.min(8, at.width / 2), at.top + at.height / 2],
    ['pause', 350],
  ]);
};

test('a chunk, an identifier and a formula show a preview when hovered', async () => {
  await open(chapters[0]);
  for (const css of [
    '.nw pre a.nwref',
    'pre a.nwid',
    'main p a[href*="#eq:"]',
    'main a[href*="#ref-"]',
  ]) {
    if (
      !(await browser.run((selector) => document.querySelector(selector) !== null, css))
    )
      throw new Error(`no ${css} on the page`);
    // A link to what stands around it has no preview; take the first that has.
    const count = await browser.run(
      (selector) => Math.min(5, document.querySelectorAll(selector).length),
      css,
    );
    let seen = null;
    for (let i = 0; i < count && !seen; i++) {
      await browser.run(
        (selector, index) => {
          document.querySelector('[data-test]')?.removeAttribute('data-test');
          document.querySelectorAll(selector)[index].dataset.test = '';
        },
        css,
        i,
      );
      await hover('[data-test]');
      seen = await eventually(preview, 1);
    }
    check(seen, `no preview of ${css}`);
    check(seen.text.trim().length > 5, `the preview of ${css} is empty`);
    check(seen.fits, `the preview of ${css} leaves the window`);
    await browser.keys('Escape');
    check(
      await eventually(async () => (await preview()) === null, 2),
      'Escape leaves the preview open',
    );
    await away();
  }
});

test('a chunk opens in place, and closes again', async () => {
  await open(chapters[0]);
  await browser.click('.nw pre a.nwref');
  const inside = await eventually(() =>
    browser.run(() => document.querySelector('.nw pre .inplace')?.textContent.trim()),
  );
  check(inside && inside.length > 10, 'nothing opens');
  const page = await browser.url();
  await browser.click('.nw pre a.nwref');
  check(
    await eventually(() =>
      browser.run(() => !document.querySelector('.nw pre .inplace')),
    ),
    'it does not close',
  );
  check(page.includes(chapters[0]), `a click leads away, to ${page}`);
});

test('a chunk of another page is previewed too', async () => {
  for (const page of chapters) {
    await open(page);
    const found = await browser.run((here) => {
      const link = [...document.querySelectorAll('main a.nwref, main a.nwid')].find(
        (a) =>
          !a.getAttribute('href').startsWith('#') &&
          !a.getAttribute('href').startsWith(here),
      );
      if (link) link.dataset.test = '';
      return link?.getAttribute('href');
    }, page);
    if (!found) continue;
    await hover('[data-test]');
    const seen = await eventually(preview, 5);
    check(seen && seen.text.trim().length > 5, `no preview of ${found} on ${page}`);
    return;
  }
  throw new Error('no page refers to a chunk of another page');
});

test('the button copies the code as it was written', async () => {
  await browser.devtools('Browser.grantPermissions', {
    permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'],
  });
  await open(chapters[0]);
  const chunks = chunksOf(`chapters/${chapters[0].replace('html', 'nw')}`);
  const at = chunks.findIndex((chunk) =>
    chunk.parts.some((part) => part.use !== undefined),
  );
  await browser.run((index) => {
    document.querySelectorAll('.nw')[index].dataset.test = '';
  }, at);
  await hover('[data-test] pre');
  await browser.click('[data-test] button.copy');
  check(
    await eventually(() =>
      browser.run(() =>
        /copied/i.test(document.querySelector('[data-test] button.copy').textContent),
      ),
    ),
    'the button says nothing',
  );
  const text = await browser.run(() => navigator.clipboard.readText());
  equal(text.trimEnd(), sourceOf(chunks[at]), 'copied');
});

test('notes stand beside the text', async () => {
  for (const page of chapters) {
    await open(page);
    const notes = await browser.run(() =>
      [...document.querySelectorAll('a.footnote-ref')].map((call) => {
        const note =
          document.querySelectorAll('.sidenote')[
            [...document.querySelectorAll('a.footnote-ref')].indexOf(call)
          ];
        if (!note || !note.offsetParent) return `${call.textContent}: no note`;
        const right = document.querySelector('main p').getBoundingClientRect().right;
        return note.getBoundingClientRect().left >= right
          ? ''
          : `${call.textContent}: in the text`;
      }),
    );
    none(notes.filter(Boolean).map((what) => `${page}: ${what}`));
  }
});

test('the data of a figure is one click away', async () => {
  for (const page of chapters) {
    await open(page);
    none(
      await browser.run(() =>
        [...document.querySelectorAll('.figure-box[data-program]')]
          .map((box) => {
            const details = box.closest('figure, .figure')?.querySelector('details');
            if (!details) return 'a figure without a table of its data';
            details.open = true;
            return details.querySelectorAll('table tr').length > 1
              ? ''
              : `an empty table: ${details.textContent.slice(0, 40)}`;
          })
          .filter(Boolean),
      ),
    );
  }
});

// ---------------------------------------------------------- widths and phones

// The elements that make a page wider than its window.
const overflow = () =>
  browser.run(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => {
      for (let at = element.parentElement; at; at = at.parentElement)
        if (/auto|scroll|hidden/.test(getComputedStyle(at).overflowX)) return true;
      return false;
    };
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) =>
        element.getBoundingClientRect().right > width + 1 && !scrolls(element),
    );
    return [
      `${document.documentElement.scrollWidth} px: ${wide
        .slice(0, 3)
        .map(
          (element) =>
            `${element.tagName}.${element.className} "${element.textContent.trim().slice(0, 30)}"`,
        )
        .join(', ')}`,
    ];
  });

for (const [what, ...size] of [
  ['a desktop', ...DESKTOP],
  ['a tablet', 800, 1100, true],
  ['a phone', ...PHONE],
  ['a small phone', 360, 640, true],
])
  test(`no page is wider than ${what}`, async () => {
    await browser.window(...size);
    const problems = [];
    for (const page of all) {
      await open(page);
      problems.push(...(await overflow()).map((line) => `${page}: ${line}`));
    }
    await browser.window(...DESKTOP);
    none(problems);
  }, 120);

test('figures fit a phone, and are sharp', async () => {
  await browser.window(...PHONE);
  for (const page of chapters) {
    await open(page);
    const live = await wakeFigures();
    for (let at = 0; at < live; at++) {
      const box = await describe(at);
      const fits = box.left >= 0 && box.left + box.width <= PHONE[0];
      check(fits, `${box.name} is ${box.width} px wide, at ${box.left}`);
      const sharp = box.pixels >= 1.9 * box.width;
      check(sharp, `${box.name}: ${box.pixels} pixels on ${box.width}`);
    }
  }
  await browser.window(...DESKTOP);
}, 240);

// Across is easy, since the page does not scroll that way.
test('a finger drags across and up', async () => {
  await browser.window(...PHONE);
  await open(chapters[0]);
  const live = await wakeFigures();
  for (const [name, direction] of Object.entries({ ACROSS, UP })) {
    let touched = false;
    for (let at = 0; at < live && !touched; at++)
      if ((await describe(at)).controls)
        touched = await dragChanges(at, 'touch', [direction]);
    check(touched, `no figure answers to a finger that goes ${name.toLowerCase()}`);
  }
  await browser.window(...DESKTOP);
}, 240);

test('a finger can scroll the page over a figure', async () => {
  await browser.window(...PHONE);
  await open(chapters[0]);
  const live = await wakeFigures();
  const stuck = [];
  for (let at = 0; at < live; at++) {
    let moved = false;
    for (const [u, v] of PLACES) {
      const start = ['move', ...(await point(at, u, v))];
      const end = ['move', ...(await point(at, u, v - 0.2))];
      const height = await scrolled();
      await browser.pointer([start, ['down'], end, ['up']], 'touch');
      moved = await eventually(async () => (await scrolled()) !== height, 0.3);
      if (moved) break;
    }
    if (!moved) stuck.push(`${(await describe(at)).name} lets no finger scroll`);
  }
  await browser.window(...DESKTOP);
  none(stuck);
}, 120);

test('the contents open on a phone, and lead on', async () => {
  await browser.window(...PHONE);
  await open(chapters[0]);
  const shown = () =>
    browser.run(() => {
      const { left, right } = document
        .querySelector('#contents')
        .getBoundingClientRect();
      return (
        getComputedStyle(document.querySelector('#contents')).visibility ===
          'visible' &&
        left >= -1 &&
        right > 200
      );
    });
  check(!(await shown()), 'the contents cover the page');
  await browser.click('.menu');
  check(await eventually(shown), 'the menu opens nothing');
  const link = `#contents a[href^="${chapters[1]}"]`;
  await browser.click(link);
  check(
    await eventually(async () => (await browser.url()).includes(chapters[1])),
    `it leads to ${await browser.url()}`,
  );
  await browser.window(...DESKTOP);
});

// ------------------------------------------------ what may be missing

test('nothing is fetched from elsewhere', async () => {
  for (const page of all) {
    await open(page);
    none(
      await browser.run(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .filter((name) => !/^(file|data|blob):/.test(name)),
      ),
    );
  }
});

const visiblePictures = () =>
  browser.run(() =>
    [...document.querySelectorAll('.figure-box[data-program]')].map(
      (box) =>
        [...box.querySelectorAll('img')].filter(
          (img) => img.offsetParent !== null && img.naturalWidth > 0,
        ).length,
    ),
  );

test('without WebAssembly the pictures stay', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'book-'));
  try {
    cpSync(BOOK, copy, { recursive: true });
    rmSync(join(copy, 'wasm'), { recursive: true, force: true });
    await complaints();
    for (const page of chapters) {
      await open(page, copy);
      await browser.run(() =>
        document.querySelectorAll('.figure-box img').forEach((img) => {
          img.loading = 'eager';
        }),
      );
      await eventually(
        async () => (await visiblePictures()).every((count) => count === 1),
        5,
      );
      const counts = await visiblePictures();
      check(
        counts.length > 0 && counts.every((count) => count === 1),
        `${page}: pictures: ${counts}`,
      );
    }
    none(
      (await complaints()).filter((line) => !/wasm\/.*ERR_FILE_NOT_FOUND/.test(line)),
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test('without JavaScript there are text, pictures and contents', async () => {
  await browser.devtools('Emulation.setScriptExecutionDisabled', { value: true });
  try {
    for (const page of chapters) {
      await open(page);
      const counts = await visiblePictures();
      check(
        counts.length > 0 && counts.every((count) => count === 1),
        `${page}: pictures: ${counts}`,
      );
      check(
        (await browser.run(() => document.querySelector('main').innerText)).length >
          2000,
        `${page}: hardly any text`,
      );
      none(
        await browser.run(() =>
          [...document.querySelectorAll('button')]
            .filter((button) => button.offsetParent)
            .map((button) => `a button that does nothing: ${button.className}`),
        ),
      );
    }
    await browser.window(...PHONE);
    await open(chapters[0]);
    await browser.click('.menu');
    check(
      await eventually(() =>
        browser.run(
          () =>
            getComputedStyle(document.querySelector('#contents')).visibility ===
            'visible',
        ),
      ),
      'the contents do not open',
    );
  } finally {
    await browser.devtools('Emulation.setScriptExecutionDisabled', { value: false });
    await browser.window(...DESKTOP);
  }
});

test('on paper there is the text alone', async () => {
  await open(chapters[0]);
  await browser.devtools('Emulation.setEmulatedMedia', { media: 'print' });
  const shown = await browser.run(() =>
    ['.bar', '#contents', '.turn', '.copy'].filter(
      (css) => document.querySelector(css)?.offsetParent,
    ),
  );
  await browser.devtools('Emulation.setEmulatedMedia', { media: '' });
  none(shown.map((css) => `${css} is printed`));
});

// --------------------------------------------------------------- the console

// What the console got since the last call and should not have.
const complaints = async () =>
  (await browser.console()).filter((line) => /^(SEVERE|WARNING)/.test(line));

test('no page writes an error or a warning to the console', async () => {
  await complaints();
  const problems = [];
  for (const page of all) {
    await open(page);
    await wakeFigures();
    problems.push(...(await complaints()).map((line) => `${page}: ${line}`));
  }
  none(problems);
}, 120);

await run();
await browser.stop();
