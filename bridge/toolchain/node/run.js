// Runs the WebAssembly Lean on the host's files: `node run.js ARGUMENTS` is `lean ARGUMENTS`.
// Folders are mounted under their own names, so that paths mean the same inside and outside:
// the current folder, the folders of LEAN_PATH, those of the files named in the arguments, and
// LEMMANET_MOUNTS (separated by colons). Nothing else of the host is visible. If LEMMANET_WRITABLE
// names a folder, everything outside it is read-only: compiling a stranger's file runs his code.
'use strict';
const fs = require('fs');
const path = require('path');

const DEBUG = '[DEBUG:';
const home = path.join(__dirname, 'root'), library = '/lean/lib/lean';
const writable = process.env.LEMMANET_WRITABLE && path.resolve(process.env.LEMMANET_WRITABLE);
const leanPath = (process.env.LEAN_PATH || '').split(':').filter(Boolean);

function writeAll(descriptor, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function folders() {
  const named = process.argv.slice(2).map(argument => argument.replace(/^--?[a-zA-Z]+=?/, ''))
    .filter(argument => path.isAbsolute(argument)).map(argument => path.dirname(argument));
  const extra = (process.env.LEMMANET_MOUNTS || '').split(':').filter(Boolean);
  const wanted = [process.cwd(), ...leanPath, ...extra, ...named, ...(writable ? [writable] : [])].map(name => path.resolve(name));
  const present = [...new Set(wanted)].filter(name => fs.existsSync(name)).sort();
  return present.filter(name => // a folder below another one is visible through it
    !present.some(other => other !== name && name.startsWith(other.replace(/\/*$/, '/'))));
}

// Makes every operation that changes something fail with EROFS outside the writable folder.
function protect(FS) {
  const {node_ops: node, stream_ops: stream} = FS.filesystems.NODEFS;
  const refuse = () => { throw new FS.ErrnoError(69); };
  const allowed = parent => parent.mount.mountpoint === writable;
  for (const name of ['setattr', 'mknod', 'unlink', 'rmdir', 'symlink']) {
    const original = node[name];
    node[name] = (target, ...rest) => allowed(target) ? original(target, ...rest) : refuse();
  }
  const {rename} = node, {open} = stream;
  node.rename = (from, folder, name) =>
    allowed(from) && allowed(folder) ? rename(from, folder, name) : refuse();
  stream.open = file => (file.flags & 3) === 0 || allowed(file.node) ? open(file) : refuse();
}

// Lean's own debug prints are dropped, with the indented lines that continue them.
let inDebug = false;
function standardError(line) {
  if (line.startsWith(DEBUG)) inDebug = true;
  else if (!(inDebug && line.startsWith('  '))) {
    inDebug = false;
    writeAll(2, Buffer.from(line + '\n'));
  }
}

let symbols;
const Module = globalThis.__LeanModule = {
  arguments: process.argv.slice(2),
  thisProgram: '/lean/bin/lean',
  threadPool: 4,
  mainScriptUrlOrBlob: __filename, // threads start with these settings too
  print: line => writeAll(1, Buffer.from(line + '\n')),
  printErr: standardError,
  symbolOfLean(name) {
    symbols ??= JSON.parse(fs.readFileSync(path.join(__dirname, 'symbols.json'), 'utf8'));
    return symbols[name];
  },
  enterFolder() {
    const FS = Module.FS;
    for (const folder of folders()) {
      FS.mkdirTree(folder);
      FS.mount(FS.filesystems.NODEFS, {root: folder}, folder);
    }
    if (writable) protect(FS);
    FS.chdir(process.cwd());
    Module.ENV.LEAN_PATH = [library, ...leanPath].join(':');
  },
  preRun: [() => {
    const FS = Module.FS;
    FS.mkdirTree('/lean');
    FS.mount(FS.filesystems.NODEFS, {root: home}, '/lean');
    // The published build is instrumented and would leave a profile in the current folder.
    Object.assign(Module.ENV, {LEAN_SYSROOT: '/lean', LLVM_PROFILE_FILE: '/dev/null'});
  }],
};
require(path.join(__dirname, 'glue.js'));
