// page_test.mjs -- the pages as a reader has them: opened from the disk in
// Chromium, with a mouse, a keyboard and a phone.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunksOf, sourceOf } from './lib/noweb.mjs';
import { check, equal, eventually, none, sleep, test } from './lib/tap.mjs';
import {
  BOOK,
  DESKTOP,
  PHONE,
  all,
  away,
  browser,
  chapters,
  complaints,
  figured,
  finish,
  open,
  tried,
  wakeFigures,
  WHOLE,
} from './lib/pages.mjs';

const LONG = WHOLE ? 1200 : 240; // seconds, for a test of many pages

const installed = (tool) => spawnSync('which', [tool]).status === 0;

// ------------------------------------------------------------- every page

const WIDTHS = {
  'a desktop': DESKTOP,
  'a tablet': [800, 1100, true],
  'a phone': PHONE,
  'a small phone': [360, 640, true],
};

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

const fetched = () =>
  browser.run(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((name) => !/^(file|data|blob):/.test(name)),
  );

const marked = () =>
  browser.run(() =>
    document
      .querySelector('#contents [aria-current]')
      ?.getAttribute('href')
      ?.split('#')[0],
  );

// Notes that are not beside the text, and figures without a table.
const misplacedNotes = () =>
  browser.run(() =>
    [...document.querySelectorAll('a.footnote-ref')]
      .map((call, index) => {
        const note = document.querySelectorAll('.sidenote')[index];
        if (!note || !note.offsetParent) return `${call.textContent}: no note`;
        const right = document.querySelector('main p').getBoundingClientRect().right;
        return note.getBoundingClientRect().left >= right
          ? ''
          : `${call.textContent}: in the text`;
      })
      .filter(Boolean),
  );

const missingTables = () =>
  browser.run(() =>
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
  );

// To open a page takes a second, so each is opened once, and asked everything.
async function survey(page) {
  await complaints();
  await open(page);
  const found = {
    page,
    marked: await marked(),
    notes: await misplacedNotes(),
    tables: await missingTables(),
    fetched: await fetched(),
    wide: {},
  };
  for (const [what, size] of Object.entries(WIDTHS)) {
    await browser.window(...size);
    found.wide[what] = await overflow();
  }
  await browser.window(...DESKTOP);
  return { ...found, complaints: await complaints() };
}

let surveys;
async function surveyAll() {
  const found = [];
  for (const page of all) found.push(await survey(page));
  return found;
}

// A test of every page: `list` gives what is wrong with one.
function everywhere(name, list) {
  const body = async () => {
    const found = await (surveys ??= surveyAll());
    none(found.flatMap((one) => list(one).map((what) => `${one.page}: ${what}`)));
  };
  test(name, body, 240);
}

everywhere('no page writes an error or a warning to the console', (page) =>
  page.complaints);
everywhere('nothing is fetched from elsewhere', (page) => page.fetched);
for (const what of Object.keys(WIDTHS))
  everywhere(`no page is wider than ${what}`, (page) => page.wide[what]);
everywhere('notes stand beside the text', (page) => page.notes);
everywhere('the data of a figure is one click away', (page) => page.tables);
everywhere('the contents mark the chapter that is open', ({ page, marked }) =>
  chapters.includes(page) && marked !== page ? [`${marked} is marked`] : []);

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
    'pre a:not(.nwref)',
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
      const link = [...document.querySelectorAll('main pre a')].find(
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

// ---------------------------------------------------------- widths and phones

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
    for (const page of tried) {
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
        counts.length > 0 === figured.includes(page)
          && counts.every((count) => count === 1),
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
    for (const page of tried) {
      await open(page);
      const counts = await visiblePictures();
      check(
        counts.length > 0 === figured.includes(page)
          && counts.every((count) => count === 1),
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

// ------------------------------------------------------------ jumps to a section

// The last sections have the most figures above them. How far is the heading from
// where it belongs, the top of the window, when all has settled?
const offBy = (id) =>
  browser.run((name) => {
    const goal = document.getElementById(name);
    const { top } = goal.getBoundingClientRect();
    const end =
      scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const wanted = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop);
    return end && top > 0 ? 0 : Math.round(top - wanted);
  }, id);

const lateSections = () =>
  browser.run(() =>
    [...document.querySelectorAll('main h2[id]')].slice(-3).map(({ id }) => id),
  );

test('a link to a section ends at its heading', async () => {
  const problems = [];
  for (const [what, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await browser.window(...size);
    for (const page of tried) {
      await open(page);
      for (const id of await lateSections()) {
        await open('index.html');
        await open(`${page}#${id}`);
        check(
          await eventually(() =>
            browser.run((name) => document.getElementById(name) !== null, id),
          ),
          `${page} has no ${id}`,
        );
        await sleep(700);
        const off = await offBy(id);
        if (Math.abs(off) > 24) problems.push(`${what}: ${page}#${id} is off by ${off}`);
      }
    }
  }
  await browser.window(...DESKTOP);
  await open(tried[0]);
  const ids = await lateSections();
  await browser.run((id) => {
    document.querySelector(`#contents a[href$="#${id}"]`).click();
  }, ids[0]);
  await sleep(700);
  const off = await offBy(ids[0]);
  if (Math.abs(off) > 24) problems.push(`a click in the contents is off by ${off}`);
  none(problems);
}, LONG);

test('a figure keeps its height when it comes alive', async () => {
  const problems = [];
  for (const size of [DESKTOP, PHONE]) {
    await browser.window(...size);
    for (const page of tried) {
      await open(page);
      const heights = () =>
        browser.run(() =>
          [...document.querySelectorAll('.figure-box[data-program]')].map((box) =>
            Math.round(box.getBoundingClientRect().height),
          ),
        );
      const before = await heights();
      await wakeFigures();
      const after = await heights();
      before.forEach((height, at) => {
        if (Math.abs(height - after[at]) > 2)
          problems.push(`${page}, figure ${at + 1}: ${height} px, then ${after[at]}`);
      });
    }
  }
  await browser.window(...DESKTOP);
  none(problems);
}, LONG);

// ------------------------------------------------------------- keys for readers

const stays = async (what) => {
  await sleep(250);
  check((await browser.url()).includes(chapters[0]), `${what} leads to ${await browser.url()}`);
};

test('keys that belong to reading do not turn the page', async () => {
  await open(chapters[0]);
  await browser.run(() => {
    const press = (init) =>
      document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, ...init }),
      );
    for (const held of ['shiftKey', 'ctrlKey', 'altKey', 'metaKey']) press({ [held]: true });
  });
  await stays('an arrow with another key');
  await browser.run(() =>
    getSelection().selectAllChildren(document.querySelector('main p:not(:empty)')),
  );
  await browser.keys('Right');
  await stays('an arrow in a selection');
  await browser.run(() => {
    getSelection().removeAllRanges();
    const pre = document.querySelector('main pre');
    pre.tabIndex = 0;
    pre.focus();
  });
  await browser.keys('Right');
  await stays('an arrow in code');
});

test('single-key shortcuts can be switched off, which is remembered', async () => {
  await open(chapters[0]);
  await browser.click('button.keys');
  await browser.run(() => document.activeElement.blur());
  await browser.keys('Right');
  await stays('an arrow that is switched off');
  await open(chapters[0]);
  await browser.keys('Right');
  await stays('an arrow that was switched off');
  await browser.click('button.keys');
  await browser.run(() => document.activeElement.blur());
  await browser.keys('Right');
  check(
    await eventually(async () => (await browser.url()).includes(chapters[1])),
    'an arrow that is switched on again does nothing',
  );
});

test('what scrolls can be focused, and shows that there is more', async () => {
  const problems = [];
  for (const page of tried) {
    await open(page);
    await browser.window(...PHONE);
    await sleep(300);
    problems.push(
      ...(await browser.run(() => {
        const use = document.querySelector('main pre a.nwref');
        if (use) use.click();
        return new Promise((done) => setTimeout(done, 400)).then(() =>
          [...document.querySelectorAll('main pre, .katex-display, .scroll')]
            .filter((box) => box.scrollWidth > box.clientWidth + 1)
            .filter(
              (box) =>
                box.tabIndex !== 0 || getComputedStyle(box).backgroundImage === 'none',
            )
            .map((box) => `${box.tagName}.${box.className}: ${box.textContent.slice(0, 30)}`),
        );
      })).map((what) => `${page}: ${what}`),
    );
    await browser.window(...DESKTOP);
  }
  none(problems);
}, LONG);

test('search does not mind accents', async () => {
  await open('index.html');
  await openSearch();
  await browser.type('naive');
  const plain = await eventually(async () => ((await results()).length ? results() : null));
  check(plain, 'nothing found for "naive"');
  for (let i = 0; i < 5; i++) await browser.keys('Backspace');
  await browser.type('naïve');
  await sleep(500);
  equal(String(await results()), String(plain), 'results for "naïve"');
  await browser.keys('Escape', 'Escape');
});

test('only the script that sets the theme runs before the text', async () => {
  for (const page of tried) {
    await open(page);
    none(
      (
        await browser.run(() =>
          [...document.head.querySelectorAll('script')].concat([
            ...document.body.querySelectorAll('script'),
          ])
            .filter((script) => !script.defer && !/wasm\//.test(script.src))
            .map((script) => script.src || `${script.textContent.length} letters`),
        )
      ).filter((what) => !/^\d{2,3} letters$/.test(what)),
    );
  }
});

// The printed page, in the dark theme, on A4: the words' left edges in the PDF.
test('nothing is cut when a page is printed', async () => {
  if (!installed('pdftotext')) return;
  await browser.system('dark');
  await open('01-softmax.html');
  await browser.devtools('Emulation.setEmulatedMedia', { media: 'print' });
  const dark = await browser.run(() =>
    ['body', 'pre', 'pre.run', '.figure-box', '.card']
      .filter((css) => document.querySelector(css))
      .filter((css) => {
        const [r, g, b, a = 1] = getComputedStyle(document.querySelector(css))
          .backgroundColor.match(/[\d.]+/g)
          .map(Number);
        return a > 0 && r + g + b < 600;
      }),
  );
  await browser.devtools('Emulation.setEmulatedMedia', { media: '' });
  const { data } = await browser.devtools('Page.printToPDF', {
    paperWidth: 8.27,
    paperHeight: 11.69,
    printBackground: true,
  });
  await browser.system('light');
  none(dark.map((css) => `${css} has a dark ground on paper`));
  const folder = mkdtempSync(join(tmpdir(), 'print-'));
  try {
    writeFileSync(join(folder, 'page.pdf'), Buffer.from(data, 'base64'));
    const words = execFileSync('pdftotext', ['-bbox', join(folder, 'page.pdf'), '-'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const edges = [...words.matchAll(/<word xMin="([-\d.]+)".*?xMax="([\d.]+)".*?>(.*?)</g)];
    check(edges.length > 1000, `only ${edges.length} words are printed`);
    none(
      edges
        .filter(([, left, right]) => left < 20 || right > 595 - 15)
        .map(([, left, right, word]) => `"${word}" from ${left} to ${right}`),
    );
    check(
      edges.some(([, , , word]) => /softmax_plain/.test(word)),
      'the code is not printed',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

await finish();
