// The six novels in R's package janeaustenr: node austen.mjs Rdata.rdb FOLDER
// A lazy-load database is a row of records: a length, then a zlib stream. Inside
// is R's serialization of a vector of strings, the lines of a novel; all of its
// numbers are big-endian. A string is a word of flags with the type 9 in its low
// byte, a length, and the bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

const [, , database, folder] = process.argv;
const STRINGS = 16, STRING = 9;

function lines(record) {
    let at = 14;                      // "X\n", three versions
    if (record.readUInt32BE(2) === 3) // version 3 names an encoding
        at += 4 + record.readUInt32BE(14);
    const word = () => record.readUInt32BE((at += 4) - 4);
    if (record.toString('latin1', 0, 2) !== 'X\n' || (word() & 255) !== STRINGS)
        throw new Error('not a vector of strings');
    return Array.from({ length: word() }, () => {
        if ((word() & 255) !== STRING)
            throw new Error('not a string');
        const n = word();
        return record.toString('utf8', at, at += n);
    });
}

const file = readFileSync(database);
for (let at = 0; at < file.length;) {
    const { buffer, engine } = inflateSync(file.subarray(at + 4), { info: true });
    at += 4 + engine.bytesWritten;
    const text = lines(buffer);
    const name = text[0].toLowerCase().replaceAll(' ', '-');
    writeFileSync(`${folder}/${name}.txt`, text.join('\n') + '\n');
}
