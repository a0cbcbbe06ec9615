"use strict";
(() => {
  const programs = {}, instances = [], decoder = new TextDecoder();

  function imports(module, live) {
    const missing = 52, table = {};
    const known = {
      fd_write(fd, vectors, count, written) {
        const memory = live.wasm.memory.buffer, view = new DataView(memory);
        let total = 0;
        for (let i = 0; i < count; i++) {
          const start = view.getUint32(vectors + 8 * i, true);
          const length = view.getUint32(vectors + 8 * i + 4, true);
          live.error += decoder.decode(new Uint8Array(memory, start, length));
          total += length;
        }
        view.setUint32(written, total, true);
        return 0;
      },
      proc_exit(code) { throw new Error(live.error || "exit " + code); },
    };
    for (const { module: from, name } of WebAssembly.Module.imports(module))
      (table[from] ??= {})[name] = known[name] ?? (() => missing);
    return table;
  }
  const [MOVE, DOWN, UP, LEAVE, KEY, TEXT, FOCUS, BLUR] = Array(8).keys();
  const keys = { Backspace: 8, Tab: 9, Enter: 13, " ": 32, Delete: 127,
    ArrowLeft: 256, ArrowRight: 257, ArrowUp: 258, ArrowDown: 259, Home: 260,
    End: 261, PageUp: 262, PageDown: 263 };
  function add(name, base64) {
    programs[name] = { base64, module: null };
    for (const live of instances)
      if (live.program === name && live.near) live.start();
  }
  function compile(name) {
    const program = programs[name];
    program.module ??= WebAssembly.compile(
      Uint8Array.from(atob(program.base64), (c) => c.charCodeAt(0)));
    program.base64 = "";
    return program.module;
  }
  const system = matchMedia("(prefers-color-scheme: dark)");

  function dark() {
    const theme = document.documentElement.dataset.theme;
    return theme === "dark" || (theme !== "light" && system.matches);
  }

  class Live {
    constructor(box) {
      this.box = box;
      this.program = box.dataset.program;
      this.figure = box.dataset.figure;
      this.near = this.seen = this.ready = this.started = false;
      this.error = "";
      this.frames = this.request = 0;
    }
    async start() {
      if (this.started || !programs[this.program]) return;
      this.started = true;
      try {
        const module = await compile(this.program);
        const instance = await WebAssembly.instantiate(module,
                                                       imports(module, this));
        this.wasm = instance.exports;
        this.wasm._initialize();
        this.open();
        this.show();
      } catch (reason) {
        this.fail(reason);
      }
    }
    open() {
      this.write(this.figure);
      const [width, scale] = this.size();
      if (!this.wasm.fig_open(width, scale, dark()))
        throw new Error("no figure " + this.figure);
      this.canvas = document.createElement("canvas");
      this.context = this.canvas.getContext("2d");
      this.listen();
      this.step();
    }
    show() {
      const { canvas, box } = this;
      canvas.tabIndex = this.wasm.fig_get(4) ? 0 : -1;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", box.querySelector("img")?.alt ?? "");
      for (const img of box.querySelectorAll("img")) img.style.display = "none";
      canvas.style.touchAction = "pan-y";
      canvas.style.outlineOffset = "-2px";
      box.append(canvas);
      this.ready = true;
    }
    write(text) {
      const start = this.wasm.fig_buffer();
      const bytes = new TextEncoder().encode(text).subarray(0, 255);
      const place = new Uint8Array(this.wasm.memory.buffer, start, 256);
      place.fill(0);
      place.set(bytes);
    }
    size() {
      const scale = Math.min(Math.max(devicePixelRatio || 1, 1), 4);
      return [this.box.clientWidth || 680, scale];
    }

    fit() {
      if (!this.ready) return;
      const [width, scale] = this.size();
      this.wasm.fig_resize(width, scale, dark());
      this.wake();
    }
    wake() {
      if (!this.request && this.ready)
        this.request = requestAnimationFrame(() => {
          this.request = 0;
          if (this.seen) this.guard(() => this.step());
          else this.stale = true;
        });
    }
    step() {
      const again = this.wasm.fig_step(performance.now() / 1000);
      this.stale = false;
      this.paint();
      this.frames++;
      if (again) this.wake();
    }
    guard(action) {
      try {
        action();
      } catch (reason) {
        this.fail(reason);
      }
    }
    paint() {
      const { wasm, canvas } = this;
      const width = wasm.fig_get(0), height = wasm.fig_get(1);
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        const [, scale] = this.size();
        canvas.style.width = width / scale + "px";
        canvas.style.height = height / scale + "px";
      }
      const bytes = new Uint8ClampedArray(wasm.memory.buffer, wasm.fig_pixels(),
                                          4 * width * height);
      this.context.putImageData(new ImageData(bytes, width, height), 0, 0);
      canvas.style.cursor = ["", "pointer", "text", "ew-resize", "ns-resize",
                             "grab"][wasm.fig_get(2)];
    }
    point(type, event) {
      const edge = this.canvas.getBoundingClientRect();
      const touch = event.pointerType === "touch" ? 2 : 0;
      this.send(type, event.clientX - edge.left, event.clientY - edge.top, 0,
                touch);
    }
    send(type, x = -1, y = -1, key = 0, flags = 0) {
      this.wasm.fig_event(type, x, y, key, flags);
      this.wake();
    }
    listen() {
      const on = (name, action, options) =>
        this.canvas.addEventListener(name, action.bind(this), options);
      on("pointermove", (e) => this.point(MOVE, e));
      on("pointerdown", this.press);
      on("pointerup", this.release);
      on("pointerleave", () => this.send(LEAVE));
      on("pointercancel", () => { this.send(LEAVE); this.send(UP); });
      on("touchstart", this.hold, { passive: false });
      on("touchend", this.lift, { passive: false });
      on("keydown", this.key);
      on("focus", this.enter);
      on("blur", () => this.send(BLUR));
      on("paste", (e) => this.type(e.clipboardData.getData("text")));
    }
    press(event) {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.point(DOWN, event);
    }
    release(event) {
      this.point(UP, event);
      this.guard(() => this.step());
      if (event.pointerType === "touch" && this.wasm.fig_get(5)) this.keyboard();
    }
    hold(event) {
      const edge = this.canvas.getBoundingClientRect();
      const { clientX, clientY } = event.touches[0];
      if (this.wasm.fig_grabs(clientX - edge.left, clientY - edge.top)) {
        event.preventDefault();
        this.touched = true;
        this.canvas.focus({ preventScroll: true });
        this.touched = false;
      }
    }
    lift(event) {
      if (this.wasm.fig_get(5)) event.preventDefault();
    }
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = this.wasm.fig_get(5), focus = this.wasm.fig_get(3);
      if (event.key === "Escape") return this.canvas.blur();
      if (event.key === "Tab") return this.tab(event, focus);
      const code = keys[event.key];
      if (typing && event.key.length === 1) this.type(event.key);
      else if (code && focus) this.send(KEY, -1, -1, code, event.shiftKey);
      else return;
      event.preventDefault();
    }
    tab(event, focus) {
      const next = focus + (event.shiftKey ? -1 : 1);
      if (next < 1 || next > this.wasm.fig_get(4)) return;
      event.preventDefault();
      this.send(KEY, -1, -1, keys.Tab, event.shiftKey);
      this.guard(() => this.step());
    }
    enter(event) {
      if (this.touched || !this.canvas.matches(":focus-visible")) return;
      const other = event.relatedTarget;
      const back = other && (this.canvas.compareDocumentPosition(other)
                             & Node.DOCUMENT_POSITION_FOLLOWING);
      this.send(FOCUS, -1, -1, 0, back ? 1 : 0);
    }
    type(text) {
      for (const character of text) {
        this.write(character);
        this.send(TEXT);
        this.guard(() => this.step());
      }
    }
    keyboard() {
      const input = this.input ??= this.makeInput();
      const [x, y, w, h] = [6, 7, 8, 9].map((i) => this.wasm.fig_get(i));
      Object.assign(input.style, { left: x + "px", top: y + "px",
                                   width: w + "px", height: h + "px" });
      input.value = this.last = this.field();
      input.hidden = false;
      input.focus({ preventScroll: true });
      input.setSelectionRange(input.value.length, input.value.length);
    }
    field() {
      const bytes = new Uint8Array(this.wasm.memory.buffer,
                                   this.wasm.fig_field());
      return decoder.decode(bytes.slice(0, bytes.indexOf(0)));
    }
    makeInput() {
      const input = document.createElement("input");
      input.autocapitalize = "off";
      input.style.cssText = "position:absolute;opacity:0;border:0;font-size:16px;"
        + "pointer-events:none";
      input.addEventListener("input", () => this.retype(input.value));
      input.addEventListener("blur", () => { input.hidden = true; });
      this.box.append(input);
      return input;
    }
    retype(text) {
      const before = [...this.last], after = [...text];
      let same = 0;
      while (same < before.length && before[same] === after[same]) same++;
      for (let i = same; i < before.length; i++) {
        this.send(KEY, -1, -1, keys.Backspace);
        this.guard(() => this.step());
      }
      this.type(after.slice(same).join(""));
      this.last = text;
    }
    fail(reason) {
      this.error ||= String(reason?.message ?? reason);
      this.ready = false;
      this.canvas?.remove();
      for (const img of this.box.querySelectorAll("img"))
        img.style.display = "";
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) begin(target.live);
  }, { rootMargin: "800px" });
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      target.live.seen = isIntersecting;
      if (isIntersecting && target.live.stale) target.live.wake();
    }
  }, { rootMargin: "50px" });
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) target.live.fit();
  });

  function begin(live) {
    live.near = true;
    return live.start();
  }
  function watch() {
    for (const box of document.querySelectorAll(".figure-box[data-program]")) {
      box.live = new Live(box);
      instances.push(box.live);
      for (const observer of [near, seen, resized]) observer.observe(box);
    }
    const refit = () => instances.forEach((live) => live.fit());
    new MutationObserver(refit).observe(document.documentElement,
      { attributes: true, attributeFilter: ["data-theme"] });
    system.addEventListener("change", refit);
    addEventListener("resize", refit);
  }
  if (document.readyState === "loading")
    addEventListener("DOMContentLoaded", watch);
  else
    watch();
  Live.prototype.hash = function () {
    const { width, height } = this.canvas, { memory } = this.wasm;
    let hash = 2166136261;
    for (const byte of new Uint8Array(memory.buffer, this.wasm.fig_pixels(),
                                      4 * width * height))
      hash = Math.imul(hash ^ byte, 16777619) >>> 0;
    return hash;
  };
  window.FIGURES = {
    add, instances,
    get ready() {
      return instances.every((live) => live.ready || live.error
                             || !programs[live.program]);
    },
    start: () => Promise.all(instances.map(begin)),
  };
})();
