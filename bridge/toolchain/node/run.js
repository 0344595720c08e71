// Runs the WebAssembly Lean on the host's files: `node run.js ARGUMENTS` is `lean ARGUMENTS`.
// Folders are mounted under their own names, so that paths mean the same inside and outside:
// the current folder, the folders of LEAN_PATH, those of the files named in the arguments, and
// LEMMANET_MOUNTS (separated by colons). Nothing else of the host is visible. If LEMMANET_WRITABLE
// names a folder, everything outside it is read-only: compiling a stranger's file runs his code.
'use strict';
const fs = require('fs');
const path = require('path');
const {isMainThread} = require('worker_threads');

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

// symbols.bin: count, values, offsets of the names, sorted names; see install.py.
let table;
function symbolOfLean(name) {
  table ??= fs.readFileSync(path.join(__dirname, 'symbols.bin'));
  const wanted = Buffer.from(name), count = table.readInt32LE(0), names = 4 * (2 * count + 2);
  const offset = index => names + table.readInt32LE(4 * (1 + count + index));
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(table, offset(middle), offset(middle + 1));
    if (order === 0) return table.readInt32LE(4 * (1 + middle));
    if (order > 0) low = middle + 1; else high = middle;
  }
  return undefined;
}

function placesOfExports(exports) {
  const places = JSON.parse(fs.readFileSync(path.join(__dirname, 'exports.json'), 'utf8'));
  return new WeakMap(Object.entries(places).map(([name, place]) => [exports[name], place]));
}

// Serves compiled modules to the calling thread. Each function returns undefined for what it does
// not serve; descriptors start where the main thread's will never be.
const opened = new Map();
let nextDescriptor = 1 << 24;
const servedFolders = [...leanPath, ...(process.env.LEMMANET_MOUNTS || '').split(':')]
  .filter(Boolean).map(name => path.resolve(name) + '/');
function servedFile(name) {
  if (!/\.(olean|ir|olean\.server|olean\.private)$/.test(name)) return undefined;
  if (name.startsWith('/lean/')) return home + name.slice('/lean'.length);
  return servedFolders.some(folder => name.startsWith(folder)) ? path.resolve(name) : undefined;
}
const local = {
  stat(name, write) {
    const file = servedFile(name), found = file && fs.statSync(file, {throwIfNoEntry: false});
    return found && write(found);
  },
  open(name, flags) {
    const file = (flags & 3) === 0 && servedFile(name);
    if (!file || !fs.existsSync(file)) return undefined;
    const descriptor = nextDescriptor++;
    opened.set(descriptor, {real: fs.openSync(file, 'r'), position: 0});
    return descriptor;
  },
  fstat(descriptor, write) {
    const file = opened.get(descriptor);
    return file && write(fs.fstatSync(file.real));
  },
  read(descriptor, vectors, count, result, words) {
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
  },
  seek(descriptor, offset, whence, result, words) {
    const file = opened.get(descriptor);
    if (!file) return undefined;
    const bases = [0, file.position, whence === 2 ? fs.fstatSync(file.real).size : 0];
    file.position = bases[whence] + Number(offset);
    words[result >> 3] = BigInt(file.position);
    return 0;
  },
  close(descriptor) {
    const file = opened.get(descriptor);
    if (!file) return undefined;
    fs.closeSync(file.real);
    opened.delete(descriptor);
    return 0;
  },
};

// `--worker`: the language server of one file. Lean's threads hand their file operations to the
// main thread, which is the one that waits for input; so while there is none, it serves them.
// Standard input must be a pipe that does not block.
function workerStreams() {
  const input = Buffer.alloc(1 << 16), nap = new Int32Array(new SharedArrayBuffer(4));
  let at = 0, end = 0, closed = false, given = 0, output = [];
  const flush = () => {
    const bytes = Buffer.from(output);
    output = [];
    writeAll(1, bytes);
  };
  return {
    stdin() { // one byte; null ends a read that has brought something, or the input
      if (at >= end && given > 0) {
        given = 0;
        return null;
      }
      while (at >= end) {
        if (closed) return null;
        try {
          end = fs.readSync(0, input, 0, input.length);
          at = 0;
          closed = end === 0;
        } catch (error) {
          if (error.code !== 'EAGAIN') throw error;
          Module.exportsOfLean.emscripten_main_thread_process_queued_calls();
          flush();
          Atomics.wait(nap, 0, 0, 2);
        }
      }
      given++;
      return input[at++];
    },
    stdout(byte) {
      if (byte !== null) output.push(byte);
      if (output.length > 60000) flush();
    },
  };
}

const isWorker = process.argv.includes('--worker');
const Module = globalThis.__LeanModule = {
  arguments: process.argv.slice(2),
  thisProgram: '/lean/bin/lean',
  threadPool: isWorker ? 12 : 2, // a file's server starts a thread for each of its parts
  mainScriptUrlOrBlob: __filename, // threads start with these settings too
  ...(isWorker && isMainThread ? workerStreams() : {}),
  print: line => writeAll(1, Buffer.from(line + '\n')),
  printErr: standardError,
  local,
  symbolOfLean,
  placesOfExports,
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

// V8 keeps no compiled WebAssembly between processes of its own accord, but it can write and read
// it (train.js writes). It refuses code of another version or processor; then it compiles anew.
function loadModule() {
  const binary = fs.readFileSync(path.join(__dirname, 'lean-slim.wasm'));
  let module;
  try {
    const code = fs.readFileSync(path.join(__dirname, 'code-cache.bin'));
    const deserialize = new Function('code', 'bytes', 'return %DeserializeWasmModule(code, bytes)');
    module = deserialize(code.buffer.slice(code.byteOffset, code.byteOffset + code.length), binary);
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  return module ?? new WebAssembly.Module(binary);
}
if (isMainThread) {
  Module.instantiateWasm = (imports, done) => {
    const module = Module.compiled = loadModule();
    WebAssembly.instantiate(module, imports).then(instance => done(instance, module));
  };
}

require(path.join(__dirname, 'glue.js'));
