// Lets Lean's threads look at compiled modules and folders themselves. Without it, each of nine
// calls a file goes through the main thread, which costs a thousand small files 2 s.
//
// Each function returns undefined for what it does not serve, else what the system call returns.
'use strict';
const fs = require('fs');
const path = require('path');
const {home, servedFolders} = require('./sandbox.js');

const NO_ENTRY = 44; // WASI's ENOENT
const opened = new Map();
let nextDescriptor = 1 << 24; // where the main thread's will never be
let folders; // looked up when a thread first asks: by then the request has come

// The host's name of a path below a served folder.
function servedPath(given) {
  const name = path.normalize(given); // `..` must not lead out of the folder
  if (name.startsWith('/lean/')) return home + name.slice('/lean'.length);
  folders ??= servedFolders().map(folder => folder + '/');
  return folders.some(folder => name.startsWith(folder)) ? name : undefined;
}

function servedModule(name) {
  return /\.(olean|ir|olean\.server|olean\.private)$/.test(name) ? servedPath(name) : undefined;
}

exports.stat = (name, write) => {
  const file = servedPath(name);
  if (!file) return undefined;
  const found = fs.statSync(file, {throwIfNoEntry: false});
  return found ? write(found) : -NO_ENTRY;
};

exports.open = (name, flags) => {
  const file = (flags & 3) === 0 && servedModule(name);
  if (!file || !fs.existsSync(file)) return undefined;
  const descriptor = nextDescriptor++;
  opened.set(descriptor, {real: fs.openSync(file, 'r'), position: 0});
  return descriptor;
};

exports.fstat = (descriptor, write) => {
  const file = opened.get(descriptor);
  return file && write(fs.fstatSync(file.real));
};

exports.read = (descriptor, vectors, count, result, words) => {
  const file = opened.get(descriptor);
  if (!file) return undefined;
  let total = 0;
  for (let i = vectors >> 2; count > 0; i += 2, count--) {
    const target = new Uint8Array(words.buffer, words[i], words[i + 1]);
    const length = target.length && fs.readSync(file.real, target, 0, target.length, file.position);
    file.position += length;
    total += length;
    if (length < target.length) break;
  }
  words[result >> 2] = total;
  return 0;
};

exports.seek = (descriptor, offset, whence, result, words) => {
  const file = opened.get(descriptor);
  if (!file) return undefined;
  const bases = [0, file.position, whence === 2 ? fs.fstatSync(file.real).size : 0];
  file.position = bases[whence] + Number(offset);
  words[result >> 3] = BigInt(file.position);
  return 0;
};

exports.close = descriptor => {
  const file = opened.get(descriptor);
  if (!file) return undefined;
  fs.closeSync(file.real);
  opened.delete(descriptor);
  return 0;
};
