// The English and French strings of LibreOffice:
//   node libreoffice.mjs FOLDER >pairs.tsv
// FOLDER holds .mo files, of which each has its number of strings at byte 8, at
// byte 12 the place of a table of (length, place) of the English ones, at byte
// 16 that of the French ones. An English string may begin with a context and
// \x04; plurals follow behind \0. Menus mark their key by a ~ or a _ before it. Strings
// of more than WORDS words are left out.
import { readFileSync, readdirSync } from 'node:fs';

const WORDS = 12;                // of the English string, at most
const folder = process.argv[2];
const pairs = new Set();

function clean(text) {
    return text.slice(text.indexOf('\x04') + 1).split('\0')[0]
        .replace(/\(~\w\)|~/g, '').replace(/(^|[^\w])_(?=\p{L})|(?<=\p{L})_(?=\p{Ll})/gu, '$1')
        .replace(/[ \u00a0\u202f]+/g, ' ').trim();
}

for (const name of readdirSync(folder).filter(n => n.endsWith('.mo')).sort()) {
    const file = readFileSync(`${folder}/${name}`);
    const string = at => {
        const n = file.readUInt32LE(at), from = file.readUInt32LE(at + 4);
        return file.toString('utf8', from, from + n);
    };
    const [count, english, french] = [8, 12, 16].map(at => file.readUInt32LE(at));
    for (let i = 0; i < count; i++) {
        const from = clean(string(english + 8 * i)), to = clean(string(french + 8 * i));
        const bad = /[%$<>{}\\\x00-\x1f\x7f_]|&\w+;/;
        const few = from.split(' ').length <= WORDS;
        if (few && /[a-z]/.test(from) && to && !bad.test(from) && !bad.test(to))
            pairs.add(`${from}\t${to}`);
    }
}
process.stdout.write([...pairs].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join('\n') + '\n');
