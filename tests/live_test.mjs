// live_test.mjs -- the figures in the pages: they live, and answer to a mouse,
// a keyboard and a finger.

import { check, equal, eventually, none, sleep, test } from './lib/tap.mjs';
import {
  DESKTOP,
  LIVE,
  PHONE,
  WANTED,
  all,
  away,
  browser,
  complaints,
  count,
  describe,
  figured,
  finish,
  inFigure,
  lively,
  open,
  pixels,
  settled,
  tried,
  wakeFigures,
} from './lib/pages.mjs';

const WINDOW_HEIGHT = 840; // of a desktop and a phone

// True as soon as the pixels are others than these; an answer may take a while.
async function changed(at, before) {
  for (let i = 0; i < 3; i++) if ((await pixels(at)) !== before) return true;
  return false;
}

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
async function dragChanges(at, kind = 'mouse', directions = [ACROSS]) {
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

// Tab goes from one control to the next, and arrows change it, or, in a field,
// Backspace.
async function keysChange(at) {
  await describe(at);
  await away();
  await inFigure(at, (box) => box.querySelector('canvas').focus());
  for (let control = 0; control < 6; control++) {
    if (!(await inFigure(at, (box) => box.contains(document.activeElement)))) break;
    const before = await settled(at);
    for (const key of ['Right', 'Left', 'Up', 'Down', 'Enter', 'Backspace']) {
      await browser.keys(key);
      if (await changed(at, before)) return true;
    }
    await browser.keys('Tab');
  }
  return false;
}

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

for (const page of lively) {
  test(`${page}: figures answer to hovering, dragging and keys`, async () => {
    await open(page);
    const live = await wakeFigures();
    const problems = [];
    const answered = { hover: 0, drag: 0, keys: 0 };
    for (let at = 0; at < live; at++) {
      const { name, controls } = await describe(at);
      const hover = await hoverChanges(at);
      const wanted = controls && (!hover || answered.drag === 0);
      const drag = wanted && (await dragChanges(at));
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
  await open(lively[0]);
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
  await open(all.find((name) => name === 'index.html') ?? lively[0]);
  check(isDark(await paper()), 'the first page is light again');
  await chooseTheme('system');
});

test('the theme follows the system', async () => {
  await open(lively[0]);
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

test('an arrow key in a figure does not turn the page', async () => {
  await open(lively[0]);
  await wakeFigures();
  await browser.run((live) => document.querySelector(`${live} canvas`).focus(), LIVE);
  await browser.keys('Right', 'Right', 'Left');
  await sleep(300);
  check(
    (await browser.url()).includes(lively[0]),
    `the page is now ${await browser.url()}`,
  );
});

test('figures fit a phone, and are sharp', async () => {
  await browser.window(...PHONE);
  for (const page of tried) {
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
  await open(lively[0]);
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
  await open(lively[0]);
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

await finish();
