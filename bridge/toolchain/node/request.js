// What to run: the arguments of the command line, or, if LEMMANET_HANDOVER names a descriptor, what
// comes through it. Then Lean comes up without arguments and waits for them, so that a process can
// be started before it is known what for. The message is one JSON object:
//   {"arguments": […], "environment": {…}, "folder": "…"} with the variables to set, or
//   {"refusal": "…", "status": N} to end with a message instead.
// The end of the pipe ends the message; anything but a whole one means that nobody needs us.
'use strict';
const fs = require('fs');

const UNUSED = 125; // the exit status of a process that got nothing to do
const SLOTS = 1024; // Lean is entered with so many arguments before it is known how many come

const handover = process.env.LEMMANET_HANDOVER;

function receive() {
  try {
    const message = JSON.parse(fs.readFileSync(Number(handover), 'utf8'));
    fs.closeSync(Number(handover));
    return message;
  } catch {
    return process.exit(UNUSED);
  }
}

// Lean's command line is read by getopt, which begins at `optind`: the arguments are put into the
// last slots, and `optind` says where they begin.
function replaceArguments(memory, values) {
  const {words, argv, optind, text} = memory;
  const first = SLOTS + 1 - values.length;
  values.forEach((value, index) => { words[(argv >> 2) + first + index] = text(value); });
  words[optind >> 2] = first;
}

function accept(memory) {
  if (handover === undefined) return process.argv.slice(2);
  const message = receive();
  if (message.refusal !== undefined) {
    fs.writeSync(2, `error: ${message.refusal}\n`);
    process.exit(message.status);
  }
  if (message.arguments.length > SLOTS) throw new Error('too many arguments');
  Object.assign(process.env, message.environment);
  process.chdir(message.folder);
  replaceArguments(memory, message.arguments);
  return message.arguments;
}

module.exports = {
  accept,
  initialArguments: handover === undefined ? process.argv.slice(2) : new Array(SLOTS).fill(''),
};
