// Print the table of letters and numbers of kit/split.h (chapter "gpt").
//   node data/unicode.mjs
// Write the tables of bert/basic.h (chapter "bert"), data/unicode/bert.txt.
//   node data/unicode.mjs bert
// It comes from node's own tables of Unicode, \p{L} and \p{N}: version 17.0.0
// when the table in the book was made. A number is written in base 26, its
// last digit as a small letter, those before it as capitals. Two of them make
// a run: how many code points are passed over, and then twice how many are
// letters, or that and one more for numbers.
import { mkdirSync, writeFileSync } from "node:fs";

const kind = c => c >= 0xd800 && c < 0xe000 ? 0
    : /\p{L}/u.test(String.fromCodePoint(c)) ? 1
    : /\p{N}/u.test(String.fromCodePoint(c)) ? 2 : 0;

function digits(n) {
    let text = String.fromCharCode(97 + n % 26);
    while ((n = Math.floor(n / 26)) > 0)
        text = String.fromCharCode(65 + n % 26) + text;
    return text;
}

// What BERT makes of a character: small letters, without accents. "" where it
// is nothing but an accent.
const fold = c => String.fromCodePoint(c).toLowerCase().normalize("NFD")
    .replace(/\p{Mn}/gu, "");

// 1: a sign, a word by itself; 2: not there at all; 4: has a case; 8: does not
// count where the ends of words are looked for (the last two are Unicode's
// Cased and Case_Ignorable, of which the small sigma depends).
function flags(c) {
    const s = String.fromCodePoint(c), ascii = /[!-/:-@[-`{-~]/;
    const gone = /\p{Cc}|\p{Cf}|\p{Co}/u.test(s) && !"\t\n\r".includes(s);
    return (/\p{P}/u.test(s) || ascii.test(s) ? 1 : 0)
        + (gone || c === 0xfffd ? 2 : 0) + (/\p{Cased}/u.test(s) ? 4 : 0)
        + (/\p{Case_Ignorable}/u.test(s) ? 8 : 0);
}

// Two lines of numbers as above. The first: how many code points are passed
// over, then sixteen times how many are alike and their flags. The second: how
// many are passed over, then eight times how many follow, twice one of
//   0: they are gone    1: the number that follows is added to each, doubled,
//   or if it is odd, half of it taken away    2: all become the one that
//   follows    3: as many as follow, a number and these
// and 1 if only every second one is meant.
function bert() {
    const code = c => c >= 0xd800 && c < 0xe000 ? -1 : c;
    let classes = "", folds = "", from = 0;
    for (let c = 0; c < 0x110000; c++) {
        const is = code(c) < 0 ? 0 : flags(c), first = c;
        if (!is)
            continue;
        while (code(c + 1) >= 0 && c + 1 < 0x110000 && flags(c + 1) === is)
            c++;
        classes += digits(first - from) + digits(16 * (c + 1 - first) + is);
        from = c + 1;
    }
    const list = [];
    for (let c = 0; c < 0x110000; c++)
        if (code(c) >= 0 && !(c >= 0xac00 && c < 0xd7a4)
            && fold(c) !== String.fromCodePoint(c))
            list.push([c, [...fold(c)].map(x => x.codePointAt(0))]);
    from = 0;
    for (let i = 0, j; i < list.length; i = j) {
        const [c, to] = list[i], like = (k, step, same) => k < list.length
            && list[k][0] === list[k - 1][0] + step && list[k][1].length
            === to.length && same(list[k]);
        const run = (step, same) => {
            let k = i + 1;
            while (like(k, step, same))
                k++;
            return k;
        };
        const moved = x => x[1][0] - x[0] === to[0] - c;
        let kind = 3, step = 1, rest = digits(to.length)
            + to.map(digits).join("");
        j = i + 1;
        if (to.length === 0) {
            kind = 0, rest = "", j = run(1, () => true);
        } else if (to.length === 1) {
            kind = 1, rest = to[0] - c;
            rest = digits(rest < 0 ? -2 * rest + 1 : 2 * rest);
            if ((j = run(1, moved)) === i + 1 && (j = run(2, moved)) > i + 1)
                step = 2;
            const one = run(1, x => x[1][0] === to[0]);
            if (one > j)
                kind = 2, step = 1, rest = digits(to[0]), j = one;
        }
        folds += digits(c - from) + digits(8 * (j - i) + 2 * kind + step - 1)
            + rest;
        from = list[j - 1][0] + 1;
    }
    mkdirSync("data/unicode", { recursive: true });
    writeFileSync("data/unicode/bert.txt", classes + "\n" + folds + "\n");
    console.log(`Unicode ${process.versions.unicode}: ${classes.length} and `
                + `${folds.length} digits`);
}
if (process.argv[2] === "bert") {
    bert();
    process.exit();
}

let out = "", runs = 0;
for (let c = 0, from = 0; c < 0x110000; c++) {
    const is = kind(c), first = c;
    if (!is)
        continue;
    while (c + 1 < 0x110000 && kind(c + 1) === is)
        c++;
    out += digits(first - from) + digits(2 * (c + 1 - first) + is - 1);
    from = c + 1;
    runs++;
}
console.log(`/* Unicode ${process.versions.unicode}: ${runs} runs */`);
for (let at = 0; at < out.length; at += 72)
    console.log(`    "${out.slice(at, at + 72)}"`);
