// `node train.js FILE ARGUMENTS` runs `lean ARGUMENTS`, lets V8 optimize what is used, and writes
// the machine code to FILE, which run.js reads.
'use strict';
const fs = require('fs');

const [target] = process.argv.splice(2, 1);
require('./run.js');
process.on('exit', () => {
  // Code of the first tier is not written, but a function that had some is compiled again in every
  // process before it is asked for; without it, when it is.
  new Function('%FlushLiftoffCode()')();
  const serialize = new Function('module', 'return %SerializeWasmModule(module)');
  fs.writeFileSync(target, new Uint8Array(serialize(globalThis.__LeanModule.compiled)));
});
