// V8's own functions that keep the machine code of WebAssembly between processes. Node offers them
// for its tests: they have a syntax that is switched on by a flag.
//
// V8 compares all flags before it takes code from elsewhere, Node's own included, so they are set
// back to their defaults at once. The size of the main thread's stack has been read by then.
'use strict';
const v8 = require('v8');
const vm = require('vm');

const STACK_KILOBYTES = 984; // V8's default

module.exports = function native(call, ...parameters) {
  v8.setFlagsFromString(`--stack-size=${STACK_KILOBYTES}`);
  v8.setFlagsFromString('--allow-natives-syntax');
  try { // the parentheses make V8 compile it now
    return vm.runInThisContext(`(function (${parameters}) { return ${call}(${parameters}); })`);
  } finally {
    v8.setFlagsFromString('--no-allow-natives-syntax');
  }
};
