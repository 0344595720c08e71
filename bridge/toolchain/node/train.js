// `node train.js ARGUMENTS` runs `lean ARGUMENTS`, lets V8 optimize every function that was called,
// and writes the machine code, which run.js reads, to code-cache.bin. What is called rarely is worth
// it too: without its code, each process compiles the function anew before the first call.
'use strict';
const fs = require('fs');
const path = require('path');

const native = require('./native.js');

const write = (name, bytes) => fs.writeFileSync(path.join(__dirname, name), new Uint8Array(bytes));
require('./run.js');

process.on('exit', () => {
  const {compiled, exportsOfLean, glue} = globalThis.__LeanModule;
  const wasCalled = native('%IsLiftoffFunction', 'f'), optimize = native('%WasmTierUpFunction', 'f');
  const imports = WebAssembly.Module.imports(compiled).filter(entry => entry.kind === 'function');
  const table = exportsOfLean.__indirect_function_table, seen = new Set();
  for (let place = 0; place < table.length; place++) {
    const entry = table.get(place); // its name is its number in the module, the imports first
    if (entry === null || entry.name < imports.length || seen.has(entry)) continue;
    seen.add(entry);
    if (wasCalled(entry)) optimize(entry);
  }
  native('%FlushLiftoffCode')(); // of functions that have no place in the table
  write('code-cache.bin', native('%SerializeWasmModule', 'module')(compiled));
  write('glue-cache.bin', glue.createCachedData());
});
