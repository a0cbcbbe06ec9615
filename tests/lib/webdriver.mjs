// A client of the W3C WebDriver protocol for chromedriver, as small as the
// tests of the page need it. https://www.w3.org/TR/webdriver2/

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-default-apps',
  '--disable-extensions',
  '--force-color-profile=srgb',
  '--window-size=1280,900',
];

const here = (program) => spawnSync(program, ['--version']).status === 0;

// The reason why no browser can be started here, or null.
export function missing() {
  for (const program of ['chromium', 'chromedriver'])
    if (!here(program)) return `${program} is not installed`;
  return null;
}

export class Browser {
  // Starts chromedriver on a port of its own choice, and one browser.
  static async start() {
    const browser = new Browser();
    browser.at = { x: 0, y: 0, buttons: 0 }; // of the mouse
    browser.profile = mkdtempSync(join(tmpdir(), 'page-test-'));
    browser.driver = spawn('chromedriver', ['--port=0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    process.on('exit', () => browser.kill());
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.on(signal, () => process.exit(1));
    const port = await new Promise((resolve, reject) => {
      let said = '';
      browser.driver.stdout.on('data', (bytes) => {
        said += bytes;
        const match = said.match(/started successfully on port (\d+)/);
        if (match) resolve(match[1]);
      });
      browser.driver.on('error', reject);
      browser.driver.on('exit', () => reject(new Error(`chromedriver ended: ${said}`)));
    });
    browser.base = `http://127.0.0.1:${port}`;
    const { sessionId } = await browser.ask('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          browserName: 'chrome',
          'goog:loggingPrefs': { browser: 'ALL' },
          'goog:chromeOptions': {
            args: [...FLAGS, `--user-data-dir=${browser.profile}`],
          },
        },
      },
    });
    browser.base += `/session/${sessionId}`;
    return browser;
  }

  async ask(method, path, body) {
    const answer = await fetch(this.base + path, {
      method,
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
      headers: { 'content-type': 'application/json' },
    });
    const { value } = await answer.json();
    if (!answer.ok)
      throw new Error(
        `${method} ${path.replace(/.*\//, '/')}: ${value.error}: ${value.message.split('\n')[0]}`,
      );
    return value;
  }

  async stop() {
    await this.ask('DELETE', '').catch(() => {});
    this.kill();
  }

  kill() {
    this.driver.kill();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  open(url) {
    return this.ask('POST', '/url', { url });
  }
  url() {
    return this.ask('GET', '/url');
  }

  // Runs a function in the page; its arguments and its result travel as JSON.
  run(body, ...args) {
    return this.ask('POST', '/execute/sync', {
      script: `return (${body}).apply(null, arguments)`,
      args,
    });
  }

  // A command of Chromium's own protocol.
  devtools(cmd, params = {}) {
    return this.ask('POST', '/goog/cdp/execute', { cmd, params });
  }

  async find(css) {
    return (await this.ask('POST', '/element', { using: 'css selector', value: css }))[
      ELEMENT
    ];
  }

  // What the page wrote to its console since the last call.
  async console() {
    const lines = await this.ask('POST', '/se/log', { type: 'browser' });
    return lines.map(({ level, message }) => `${level}: ${message}`);
  }

  // The pointer, in CSS pixels of the window: steps are ['move', x, y],
  // ['down'], ['up'], ['pause', ms].
  pointer(steps, kind = 'mouse') {
    return kind === 'mouse' ? this.mouse(steps) : this.touch(steps);
  }

  // WebDriver gives each move of a pointer some time; a mouse needs none.
  async mouse(steps) {
    for (const [what, x, y] of steps) {
      if (what === 'pause') {
        await new Promise((done) => setTimeout(done, x));
        continue;
      }
      if (what === 'move') Object.assign(this.at, { x: Math.round(x), y: Math.round(y) });
      if (what === 'down') this.at.buttons = 1;
      if (what === 'up') this.at.buttons = 0;
      await this.devtools('Input.dispatchMouseEvent', {
        type: { move: 'mouseMoved', down: 'mousePressed', up: 'mouseReleased' }[what],
        button: what === 'move' && !this.at.buttons ? 'none' : 'left',
        clickCount: what === 'move' ? 0 : 1,
        ...this.at,
      });
    }
  }

  async touch(steps) {
    const actions = steps.map(([what, x, y]) => {
      if (what === 'move')
        return {
          type: 'pointerMove',
          x: Math.round(x),
          y: Math.round(y),
          duration: 30,
          origin: 'viewport',
        };
      if (what === 'pause') return { type: 'pause', duration: x };
      return { type: what === 'down' ? 'pointerDown' : 'pointerUp', button: 0 };
    });
    await this.ask('POST', '/actions', {
      actions: [
        {
          type: 'pointer',
          id: 'finger',
          parameters: { pointerType: 'touch' },
          actions,
        },
      ],
    });
  }

  // Scrolls an element into the middle of the window; returns its place there.
  place(css) {
    return this.run((selector) => {
      const element = document.querySelector(selector);
      if (!element) return null;
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height, x: left + width / 2, y: top + height / 2 };
    }, css);
  }

  async click(css) {
    const place = await this.place(css);
    if (!place) throw new Error(`no ${css} on ${await this.url()}`);
    await this.pointer([['move', place.x, place.y], ['down'], ['up']]);
    return place;
  }

  // Presses keys one after the other: a character, or one of the names of KEYS.
  async keys(...names) {
    const actions = names.flatMap((name) => {
      const value = KEYS[name] ?? name;
      return [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ];
    });
    await this.ask('POST', '/actions', {
      actions: [{ type: 'key', id: 'keyboard', actions }],
    });
  }

  type(word) {
    return this.keys(...word);
  }

  // The size of the window, whether it belongs to a phone, and how many pixels
  // of the screen there are to one of CSS.
  async window(width, height, phone = false, scale = phone ? 2 : 1) {
    const size = { width, height, deviceScaleFactor: scale, mobile: phone };
    await this.devtools('Emulation.setDeviceMetricsOverride', size);
    await this.devtools('Emulation.setTouchEmulationEnabled', { enabled: phone });
  }

  system(theme) {
    return this.devtools('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: theme }],
    });
  }
}

export const KEYS = {
  Enter: '\uE007',
  Tab: '\uE004',
  Escape: '\uE00C',
  Backspace: '\uE003',
  Left: '\uE012',
  Up: '\uE013',
  Right: '\uE014',
  Down: '\uE015',
};
