// Verses in English and Spanish with links between their words:
//   node verses.mjs ENGLISH SPANISH >verses.tsv
// Each folder is a zText module of SWORD. nt.bzs has a record of 12 bytes for each
// block, place, size and size when it is inflated; nt.bzv one of 10 bytes for each
// verse: block, place in it, size; both count from 0 and have records for titles.
// The texts mark words with Strong's numbers of the Greek or Hebrew word that they
// translate. Two words with one number, of which neither comes twice in its verse,
// are a link. A line is verse number, tab, English, tab, Spanish, tab, links i-j.
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

function verses(folder, part) {
    const [data, blocks, index] = ['z', 's', 'v'].map(kind =>
        readFileSync(`${folder}/${part}.bz${kind}`));
    const texts = [];
    for (let i = 0; i < blocks.length; i += 12)
        texts.push(inflateSync(data.subarray(blocks.readUInt32LE(i),
            blocks.readUInt32LE(i) + blocks.readUInt32LE(i + 4))));
    return Array.from({ length: index.length / 10 }, (_, v) => {
        const at = index.readUInt32LE(10 * v + 4);
        return index.readUInt16LE(10 * v + 8) ? texts[index.readUInt32LE(10 * v)]
            .toString('utf8', at, at + index.readUInt16LE(10 * v + 8)) : '';
    });
}

// The chapters of a module: their names, and the marked texts of their verses.
function chapters(folder) {
    const all = new Map();
    for (const part of ['ot', 'nt']) {
        let chapter;
        for (const text of verses(folder, part)) {
            const name = /<chapter [^>]*osisID="([^"]+)" sID/.exec(text)?.[1];
            if (name)
                all.set(name, chapter = []);
            else if (chapter)
                chapter.push(text);
        }
    }
    return all;
}

// The words of a verse, and of each of Strong's numbers the places of its words;
// -1 where it comes again.
function words(marked) {
    const text = marked.replace(/<(note|title)\b.*?<\/\1>/gs, ' ');
    const list = [], places = new Map();
    for (const [, lemma, inner, between] of text.matchAll(
        /<w lemma="([^"]*)"[^>]*>(.*?)<\/w>|(?:<[^>]*>)|([^<]+)/gs)) {
        const first = list.length;
        const found = (inner ?? between ?? '').replace(/<[^>]*>/g, '')
            .match(/[\p{L}\p{N}]+(?:['\u2019-][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
        list.push(...found);
        if (inner === undefined || !found.length)
            continue;
        const long = found.reduce((a, b, i) => b.length > found[a].length ? i : a, 0);
        for (const number of lemma.match(/[GH]\d+/g) ?? [])
            places.set(number, places.has(number) ? -1 : first + long);
    }
    return { list, places };
}

const [english, spanish] = process.argv.slice(2).map(chapters);
const lines = [];
let links = 0;
for (const [name, from] of english) {
    const to = spanish.get(name);
    for (let v = 0; to && v < Math.min(from.length, to.length); v++) {
        const a = words(from[v]), b = words(to[v]), pairs = [];
        for (const [number, i] of a.places)
            if (i >= 0 && b.places.get(number) >= 0)
                pairs.push([i, b.places.get(number)]);
        const one = side => new Map(pairs.map(p => [p[side], pairs.filter(q =>
            q[side] === p[side]).length]));
        const left = one(0), right = one(1);
        const sure = pairs.filter(([i, j]) => left.get(i) === 1 && right.get(j) === 1);
        if (!a.list.length || !b.list.length)
            continue;
        links += sure.length;
        lines.push([`${name}.${v + 1}`, a.list.join(' '), b.list.join(' '),
            sure.map(([i, j]) => `${i}-${j}`).join(' ')].join('\t'));
    }
}
process.stdout.write(lines.join('\n') + '\n');
process.stderr.write(`${lines.length} verses, ${links} links\n`);
