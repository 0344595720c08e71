// The streams of `--worker`, the language server of one file. Lean's threads hand their file
// operations to the main thread, which is the one that waits for input; so while there is none, it
// serves them. Standard input must be a pipe that does not block.
'use strict';
const fs = require('fs');

module.exports = function streams(writeAll, serveThreads) {
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
          serveThreads();
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
};
