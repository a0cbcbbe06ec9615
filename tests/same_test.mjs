// same_test.mjs -- a figure in the page has the pixels of its picture: each
// program's WebAssembly is run here, without a browser, and compared with the
// PNG that the native program writes.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { check, equal, run, test } from './lib/tap.mjs';

const WASM = 'build/book/wasm';
const LEVELS = 3; // a channel may differ by so much: two C libraries' expf,
const SHARE = 0.01; // and a few by more: a long computation rounds its own way

const folder = mkdtempSync(join(tmpdir(), 'same-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const programs = existsSync(WASM)
  ? readdirSync(WASM)
      .filter((name) => name.endsWith('.js'))
      .map((name) => name.slice(0, -3))
  : [];

if (programs.length === 0) {
  console.log('1..1\nok 1 - figures in the page # SKIP no WebAssembly was built');
  process.exit(0);
}

function native(program, ...args) {
  const { status, stdout, stderr } = spawnSync(`build/bin/${program}`, args, {
    encoding: 'utf8',
  });
  equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

// The pixels of a PNG with eight bits in each of four channels.
function decode(file) {
  const bytes = readFileSync(file);
  const parts = [];
  let width, height;
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
    if (kind === 'IDAT') parts.push(data);
    at += length + 12;
  }
  return {
    width,
    height,
    pixels: unfilter(inflateSync(Buffer.concat(parts)), width * 4),
  };
}

function unfilter(raw, stride) {
  const rows = raw.length / (stride + 1);
  const out = new Uint8Array(rows * stride);
  for (let y = 0; y < rows; y++) {
    const kind = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const a = x >= 4 ? out[at - 4] : 0;
      const b = y ? out[at - stride] : 0;
      const c = x >= 4 && y ? out[at - stride - 4] : 0;
      const guess = [0, a, b, (a + b) >> 1, nearest(a, b, c)][kind];
      out[at] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

// The predictor of Paeth, https://www.w3.org/TR/png/#9Filter-type-4-Paeth
function nearest(a, b, c) {
  const [da, db, dc] = [a, b, c].map((v) => Math.abs(a + b - c - v));
  return da <= db && da <= dc ? a : db <= dc ? b : c;
}

async function page(program, figure, width) {
  let base64;
  const script = readFileSync(`${WASM}/${program}.js`, 'utf8');
  new Function('FIGURES', script)({ add: (_, text) => (base64 = text) });
  const module = await WebAssembly.compile(Buffer.from(base64, 'base64'));
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = () => (name === 'fd_prestat_get' ? 8 : 52);
  const { exports: wasm } = await WebAssembly.instantiate(module, imports);
  wasm._initialize();
  const name = new TextEncoder().encode(`${figure}\0`);
  new Uint8Array(wasm.memory.buffer, wasm.fig_buffer(), 256).set(name);
  check(wasm.fig_open(width, 2, 0), `${program} has no figure ${figure} in the page`);
  for (let i = 0; i < 64 && wasm.fig_step(0); i++);
  const [w, h] = [wasm.fig_get(0), wasm.fig_get(1)];
  const pixels = new Uint8Array(wasm.memory.buffer, wasm.fig_pixels(), 4 * w * h);
  return { width: w, height: h, pixels };
}

function compare(got, want) {
  equal(`${got.width} x ${got.height}`, `${want.width} x ${want.height}`, 'size');
  let count = 0;
  for (let i = 0; i < want.pixels.length; i++)
    if (Math.abs(got.pixels[i] - want.pixels[i]) > LEVELS) count++;
  const share = count / want.pixels.length;
  check(share <= SHARE, `${count} channels differ by more than ${LEVELS} levels`);
}

for (const program of programs)
  test(`${program}: figures in the page have the pixels of their pictures`, async () => {
    const figures = native(program, '--list-figures').trim().split('\n');
    for (const figure of process.env.WHOLE ? figures : figures.slice(0, 1))
      for (const width of [0, 360]) {
        const file = join(folder, 'figure.png');
        native(program, '--show', figure, '--width', `${width}`, '--figure', file);
        compare(await page(program, figure, width), decode(file));
      }
  });

await run();
