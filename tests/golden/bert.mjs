// Makes tests/golden/bert-tokens.tsv and bert-vocab.txt: the ids of WordPiece
// tokens for texts that are hard to cut (chapter "bert"), by a program of
// others. Run by hand, and only when the texts are to change; neither the
// build nor the tests need it:
//   npm install --prefix FOLDER @huggingface/tokenizers@0.2.0
//   node tests/golden/bert.mjs FOLDER
// What was used is in tests/golden/bert-tokens.txt. The vocabulary has the
// special tokens, all characters that the texts become, with ## and without,
// and some longer pieces. Lines of the table:
//   text HEX IDS      a text, and its ids
//   bytes HEX IDS     no UTF-8
//   all HASH          of the words of "aXa", for each code point X, each
//                     followed by a blank, and a line feed after each X
//   sigma HASH        the same of "ASXB", with capital alpha, sigma and beta
// A hash is 64 bits, FNV-1a.
//
// One thing is done for the program: it looks at 16 bits at a time, and so
// does not see that Chinese characters beyond U+FFFF are to stand alone, as
// they do in the released program of BERT. They get their blanks here.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve(process.argv[2]);
const require = createRequire(folder + "/");
const { Tokenizer } = require("@huggingface/tokenizers");
const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

function tokenizer(pieces) {
    const vocab = Object.fromEntries(pieces.map((piece, i) => [piece, i]));
    return new Tokenizer({ version: "1.0",
        added_tokens: special.map((content, id) => ({ id, content,
            single_word: false, lstrip: false, rstrip: false,
            normalized: false, special: true })),
        normalizer: { type: "BertNormalizer", clean_text: true,
            handle_chinese_chars: true, strip_accents: null,
            lowercase: true },
        pre_tokenizer: { type: "BertPreTokenizer" }, post_processor: null,
        decoder: { type: "WordPiece", prefix: "##", cleanup: true },
        model: { type: "WordPiece", unk_token: "[UNK]",
            continuing_subword_prefix: "##", max_input_chars_per_word: 100,
            vocab } }, {});
}

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

const spaced = text => text.replace(
    /[\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu, " $& ");
const plain = tokenizer(special);
const words = text => plain.pre_tokenizer.pre_tokenize_text(
    plain.normalizer.normalize(spaced(text)), {});

// random numbers
let state = 1;
const below = n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
};
// the texts of GPT-2's table, and some more
const hexes = readFileSync("tests/golden/gpt-tokens.tsv", "utf8").split("\n")
    .map(line => line.split("\t"));
const texts = hexes.filter(x => x[0] === "text")
    .map(x => Buffer.from(x[1], "hex").toString());
texts.push("The [MASK] of the ship", "[MASK][MASK] [CLS]x[SEP] [PAD]",
    "[mask] [ MASK ] [MASK", "[[MASK]]", "a[MASK]b", "[UNK]nown",
    "##ing #hash ##", "un##able", "don't I'll rock'n'roll", "a.b,c;d",
    "ΣΊΣΥΦΟΣ ΌΣ. ΑΣ' ΑΣ'Α ΟΔΟΣ-ΟΔΟΣ Σ", "ΑΣ\u0301 ΑΣ\u00adΑ ΑΣ\u200dΑ", "İstanbul ISPARTA ıı",
    "ÀÉÎÕÜ àéîõü Åå Øø Łł Đđ Œœ Ææ ẞß", "Ǆ ǅ Ǉ ﬁ Ａｂｃ", "ÅÅ ΩΩ K",
    "Việt Nam tiếng Việt", "déjà-vu", "北京abc東京", "𠀀𠮷 𪚥a 丽", "豈更 﨎",
    "각 힣 ᄀ가", "ｱｲｳ がぎぐ ガ", "สวัสดี नमस्ते", "𝒳𝔜 𐐀𐐁", "ﭏ שׁ", "a\u0345b",
    "x".repeat(100), "x".repeat(101), "é".repeat(100), "e\u0301".repeat(101),
    "a\u0000b\ufffdc\u000bd\u000ce\u0085f", "\ue000x \u{f0000}y", "`~@#$%^&*()_+=|\\{}[]:\"<>?/",
    "¡¿«»‹›„“”‘’—–…†‡•‰′″", "€£¥¢ §¶ ©®™ ×÷±", "١٢٣ ½ ² ⅷ Ⅷ ①Ⓐ", "\u2028\u2029\u3000\u202f|");
const invalid = hexes.filter(x => x[0] === "bytes").map(x => x[1]);
for (let i = 0; i < 60; i++) {
    const sets = ["ΑΣσςαΒ.'’-\u00ad\u0301\u0345\u02b0 ", "aAéÉe\u0301ßİı\u0307.,-' ",
        "中𠀀 aあ가\u1100\u1161,豈"][i % 3], list = [...sets];
    let text = "";
    for (let n = 2 + below(14); n > 0; n--)
        text += list[below(list.length)];
    texts.push(text);
}

const decode = hex => new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    Buffer.from(hex, "hex"));
const characters = new Set();
for (const text of [...texts, ...invalid.map(decode)])
    for (const word of words(text))
        for (const c of word)
            characters.add(c);
const known = [...characters].sort((a, b) => a.codePointAt(0)
                                   - b.codePointAt(0));
const longer = ["the", "##ing", "##ed", "##s", "hello", "world", "an", "##ti", "##dis", "##est",
    "##able", "un", "##able##", "ship", "of", "cafe", "##fe", "##st", "##tt", "##ll", "ll", "re",
    "12", "##34", "3", "##xx", "xx", "xxxx", "##xxxx", "an##", "to", "##kyo", "αα", "##σς", "##σ"];
// every seventh character has no piece for the middle of a word, and every
// eleventh none at all
const all = [...special, ...new Set([...known.filter((c, i) => i % 11 || c < "\x7f"),
    ...known.filter((c, i) => (i % 7 && i % 11) || c < "\x7f").map(c => "##" + c),
    ...longer])];
const t = tokenizer(all);
const ids = text => Array.from(t.encode(spaced(text), {
    add_special_tokens: false }).ids, Number).join(" ");
let out = "";
for (const text of texts)
    out += `text\t${Buffer.from(text).toString("hex")}\t${ids(text)}\n`;
for (const hex of invalid)
    out += `bytes\t${hex}\t${ids(decode(hex))}\n`;
const hashed = make => {
    const parts = [];
    for (let c = 0; c < 0x110000; c++)
        if (c < 0xd800 || c >= 0xe000)
            parts.push(words(make(String.fromCodePoint(c)))
                       .map(w => w + " ").join("") + "\n");
    return fnv(Buffer.from(parts.join("")));
};
out += `all\t${hashed(c => "a" + c + "a")}\n`;
out += `sigma\t${hashed(c => "ΑΣ" + c + "Β")}\n`;
writeFileSync("tests/golden/bert-tokens.tsv", out);
writeFileSync("tests/golden/bert-vocab.txt", all.join("\n") + "\n");
const version = JSON.parse(readFileSync(`${folder}/node_modules/@huggingface/`
    + "tokenizers/package.json")).version;
writeFileSync("tests/golden/bert-tokens.txt", "bert-tokens.tsv and bert-vocab"
    + `.txt: made by bert.mjs with @huggingface/tokenizers ${version}, node `
    + `${process.version}, Unicode ${process.versions.unicode}\n`);
