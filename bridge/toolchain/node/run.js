// Runs the WebAssembly Lean on the host's files: `node run.js ARGUMENTS` is `lean ARGUMENTS`. Lean's
// threads start with this file too. See sandbox.js for what Lean sees of the host, and request.js
// for a Lean that is started before its arguments are known.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const {isMainThread} = require('worker_threads');
const native = require('./native.js');

const DEBUG = '[DEBUG:';

function writeAll(descriptor, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
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

const hasFile = name => fs.existsSync(path.join(__dirname, name));
const readText = name => fs.readFileSync(path.join(__dirname, name), 'latin1');
const symbolOfLean = require('./symbols.js');
const table = JSON.parse(readText('table.json'));
const Module = globalThis.__LeanModule = {
  thisProgram: '/lean/bin/lean',
  mainScriptUrlOrBlob: __filename,
  print: line => writeAll(1, Buffer.from(line + '\n')),
  printErr: standardError,
  local: require('./files.js'),
  symbolOfLean,
  placesOfExports: exports =>
    new WeakMap(Object.entries(table.places).map(([name, place]) => [exports[name], place])),
  freePlaces: () => table.free,
};

// Reads a large file in another thread.
function readWhole(name) {
  return new Promise((resolve, reject) => {
    const file = fs.openSync(path.join(__dirname, name), 'r');
    const bytes = new Uint8Array(new ArrayBuffer(fs.fstatSync(file).size));
    fs.read(file, bytes, 0, bytes.length, 0, (error, count) => {
      fs.closeSync(file);
      if (error || count < bytes.length) reject(error ?? new Error(`${name} was cut short`));
      else resolve(bytes);
    });
  });
}

// V8 keeps no compiled WebAssembly between processes of its own accord, but it can write and read
// it (train.js writes). It refuses code of another version or processor; then it compiles anew.
async function loadModule() {
  const deserialize = native('%DeserializeWasmModule', 'code', 'bytes');
  const [binary, code] = await Promise.all([
    readWhole('lean-slim.wasm'),
    hasFile('code-cache.bin') ? readWhole('code-cache.bin') : undefined,
  ]);
  const kept = code && deserialize(code.buffer, binary);
  const module = kept ?? new WebAssembly.Module(binary);
  for (const bytes of [binary, code]) bytes?.buffer.transfer(0); // V8 has its own copy
  return module;
}

function prepareMain() {
  const loading = loadModule();
  const {accept, initialArguments} = require('./request.js');
  const {enter, home, list} = require('./sandbox.js');
  const isServer = initialArguments.includes('--worker');
  const serveThreads = () => Module.exportsOfLean.emscripten_main_thread_process_queued_calls();
  let argv;
  Object.assign(Module, {
    arguments: initialArguments,
    INITIAL_MEMORY: 512 << 20, // address space; growing it later stops every thread
    threadPool: isServer ? 12 : 2, // a file's server starts a thread for each of its parts
    ...(isServer ? require('./server.js')(writeAll, serveThreads) : {}),
    preRun: [() => {
      const FS = Module.FS;
      FS.mkdirTree('/lean');
      FS.mount(FS.filesystems.NODEFS, {root: home}, '/lean');
      // The published build is instrumented and would leave a profile in the current folder.
      Object.assign(Module.ENV, {LEAN_SYSROOT: '/lean', LLVM_PROFILE_FILE: '/dev/null'});
    }],
    entered(_count, address) { argv = address; },
    // Lean is up and has not looked at its arguments yet.
    begin(words, text) {
      const options = accept({words, argv, optind: -symbolOfLean('optind') - 1, text});
      enter(Module.FS, options);
      Module.ENV.LEAN_PATH = ['/lean/lib/lean', ...list('LEAN_PATH')].join(':');
    },
    async instantiateWasm(imports, done) {
      const module = Module.compiled = await loading;
      done(await WebAssembly.instantiate(module, imports), module);
    },
  });
}

// The glue's bytecode is kept too (train.js writes it): the source is 700 kB.
function loadGlue() {
  const name = path.join(__dirname, 'glue.js'), cache = path.join(__dirname, 'glue-cache.bin');
  const head = '(function (require, module, exports, __filename, __dirname) {';
  Module.glue = new vm.Script(`${head}${readText('glue.js')}\n})`, {
    filename: name,
    cachedData: fs.existsSync(cache) ? fs.readFileSync(cache) : undefined,
  });
  Module.glue.runInThisContext()(require, module, exports, name, __dirname);
}

if (isMainThread) prepareMain();
loadGlue();
