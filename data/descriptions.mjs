// Debian's package descriptions and their one-line synopses:
//   node descriptions.mjs TRANSLATION PACKAGES >descriptions.tsv
// TRANSLATION is a list Translation-en, PACKAGES one of packages, which says from
// which source each is built: packages of one source share their words. A line is
// source, tab, the first paragraph, tab, the synopsis. A paragraph that comes
// again, of whatever package, is left out.
import { readFileSync } from 'node:fs';

const [, , translation, packages] = process.argv;
const source = new Map();
for (const record of readFileSync(packages, 'utf8').split('\n\n')) {
    const name = /^Package: (\S+)/m.exec(record);
    if (name)
        source.set(name[1], /^Source: (\S+)/m.exec(record)?.[1] ?? name[1]);
}
const words = text => text.split(/\s+/).length;
const seen = new Set(), lines = [];
for (const record of readFileSync(translation, 'utf8').split('\n\n')) {
    const name = /^Package: (\S+)/m.exec(record)?.[1];
    const synopsis = /^Description-en: (.*)/m.exec(record)?.[1].trim();
    const body = /^Description-en: .*\n((?: (?!\.\n).*\n?)*)/m.exec(record)?.[1];
    if (!name || !synopsis || !body || /^ {2}|^ [-*o] /m.test(body))
        continue;
    const text = body.replace(/\s+/g, ' ').trim();
    if (/\t/.test(synopsis) || words(text) < 8 || words(text) > 80
        || words(synopsis) < 2 || words(synopsis) > 14 || seen.has(text))
        continue;
    seen.add(text);
    lines.push(`${source.get(name) ?? name}\t${text}\t${synopsis}`);
}
process.stdout.write(lines.sort((a, b) => Buffer.compare(Buffer.from(a),
    Buffer.from(b))).join('\n') + '\n');
