// Print the table of letters and numbers of kit/split.h (chapter "gpt").
//   node data/unicode.mjs
// It comes from node's own tables of Unicode, \p{L} and \p{N}: version 17.0.0
// when the table in the book was made. A number is written in base 26, its
// last digit as a small letter, those before it as capitals. Two of them make
// a run: how many code points are passed over, and then twice how many are
// letters, or that and one more for numbers.
const kind = c => c >= 0xd800 && c < 0xe000 ? 0
    : /\p{L}/u.test(String.fromCodePoint(c)) ? 1
    : /\p{N}/u.test(String.fromCodePoint(c)) ? 2 : 0;

function digits(n) {
    let text = String.fromCharCode(97 + n % 26);
    while ((n = Math.floor(n / 26)) > 0)
        text = String.fromCharCode(65 + n % 26) + text;
    return text;
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
