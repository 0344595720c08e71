// Finds the functions and data of Lean by name, for `dlsym`. symbols.bin (written by install.py) is
// a hash table: bits, starts of the buckets, hashes, values, offsets of the names; then the names,
// which stay on the disk until one is compared.
'use strict';
const fs = require('fs');
const path = require('path');

let table;
function load() {
  const file = fs.openSync(path.join(__dirname, 'symbols.bin'), 'r');
  const head = new Int32Array(3);
  fs.readSync(file, head, 0, 12, 0);
  const [bits, count, names] = head;
  const words = new Int32Array((names - 12) / 4);
  fs.readSync(file, words, 0, names - 12, 12);
  const buckets = 2 ** bits + 1, part = (start, length) => words.subarray(start, start + length);
  return {
    file,
    bits,
    names,
    starts: part(0, buckets),
    hashes: part(buckets, count),
    values: part(buckets + count, count),
    offsets: part(buckets + 2 * count, count + 1),
  };
}

const CRC = Int32Array.from({length: 256}, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

// CRC-32, as Python's zlib has it; signed.
function hashOf(bytes) {
  let hash = -1;
  for (let i = 0; i < bytes.length; i++) hash = CRC[(hash ^ bytes[i]) & 255] ^ (hash >>> 8);
  return ~hash;
}

// The place in the function table, or -address - 1 for data; undefined if there is no such symbol.
module.exports = name => {
  table ??= load();
  const {file, bits, names, starts, hashes, values, offsets} = table;
  const wanted = Buffer.from(name), hash = hashOf(wanted), bucket = hash >>> (32 - bits);
  for (let i = starts[bucket]; i < starts[bucket + 1]; i++) {
    const length = offsets[i + 1] - offsets[i];
    if (hashes[i] !== hash || length !== wanted.length) continue;
    const found = Buffer.allocUnsafe(length);
    fs.readSync(file, found, 0, length, names + offsets[i]);
    if (found.equals(wanted)) return values[i];
  }
  return undefined;
};
