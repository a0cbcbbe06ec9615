// The pages in Chromium: what every test of them needs. A test imports it,
// says what it expects, and ends with `await finish()`.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, run } from './tap.mjs';
import { Browser, missing } from './webdriver.mjs';

export const BOOK = 'build/book';
export const DESKTOP = [1280, 900];
export const PHONE = [390, 844, true];

const reason = missing();
if (reason) {
  console.log(`1..1\nok 1 - the pages in a browser # SKIP ${reason}`);
  process.exit(0);
}

// A browser needs a second for a page and a minute for its figures. So a short run
// looks at a few: the first page, two chapters, a backstage, and the
// figures of two chapters, with every kind of control. `./build.sh test all` looks at all.
export const WHOLE = Boolean(process.env.WHOLE);
const FEW =
  /^(index|01-softmax|11-mask|11-mask-backstage)\.html$/;
const LIVELY = /^(01-softmax|11-mask)\.html$/; // with every kind of control

const pages = existsSync(BOOK)
  ? readdirSync(BOOK)
      .filter((name) => name.endsWith('.html'))
      .sort()
  : [];
export const all = pages.filter((name) => WHOLE || FEW.test(name));
export const chapters = pages.filter((name) => /^\d\d-[a-z]+\.html$/.test(name));
export const tried = chapters.filter((name) => WHOLE || FEW.test(name));
export const figured = pages.filter(
  (page) =>
    (WHOLE || LIVELY.test(page)) &&
    /<div class="figure-box[^>]*data-program=/.test(
      readFileSync(join(BOOK, page), 'utf8'),
    ),
);
export const lively = figured.filter((page) => chapters.includes(page));

if (chapters.length === 0) {
  console.log(
    `1..1\nnot ok 1 - the pages in a browser\n# no chapters in ${BOOK}: run ./build.sh first`,
  );
  process.exit(1);
}

export const browser = await Browser.start();
await browser.window(...DESKTOP);

export async function finish() {
  await run();
  await browser.stop();
}

// Opens a page, or a place in it, with the theme of the system, and waits until it
// is there.
export async function open(page, book = BOOK) {
  const [name, id] = page.split('#');
  const url = pathToFileURL(resolve(book, name)).href;
  await browser.open(id ? `${url}#${id}` : url);
  await eventually(() => browser.run(() => document.readyState === 'complete'));
}

// What the console got since the last call and should not have.
export const complaints = async () =>
  (await browser.console()).filter((line) => /^(SEVERE|WARNING)/.test(line));

export const away = () =>
  browser.pointer([
    ['move', 2, 2],
    ['pause', 40],
  ]);

// ---------------------------------------------------------------- figures

export const WANTED = '.figure-box[data-program]';
export const LIVE = '.figure-box:has(canvas)';

export const count = (css) =>
  browser.run((what) => document.querySelectorAll(what).length, css);

// Runs a function of the box of the live figure number `at`.
export const inFigure = (at, body) =>
  browser.run(`(css, at) => (${body})(document.querySelectorAll(css)[at])`, LIVE, at);

// Scrolls to every figure and waits until it lives; gives how many do.
export async function wakeFigures() {
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

// A number that changes when any pixel of the figure does, two frames from now:
// the first may have begun before the event that we ask about.
export const pixels = (at) =>
  inFigure(at, async (box) => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const canvas = box.querySelector('canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    let hash = 0;
    for (const word of new Uint32Array(data.buffer))
      hash = (Math.imul(hash, 16777619) ^ word) >>> 0;
    return hash;
  });

// The pixels when they have stopped changing.
export async function settled(at) {
  let before = await pixels(at);
  for (let i = 0; i < 60; i++) {
    const now = await pixels(at);
    if (now === before) return now;
    before = now;
  }
  return before;
}

export const describe = (at) =>
  inFigure(at, (box) => {
    const canvas = box.querySelector('canvas');
    canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const name = `${box.dataset.program}-${box.dataset.figure}`;
    const controls = canvas.tabIndex === 0;
    return { name, left, top, width, height, pixels: canvas.width, controls };
  });
