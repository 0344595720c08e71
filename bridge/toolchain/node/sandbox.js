// Which of the host's folders Lean sees, and which of them it may change. Folders are mounted under
// their own names, so that paths mean the same inside and outside: the current folder, the folders
// of LEAN_PATH, those of the files named in the arguments, and LEMMANET_MOUNTS (separated by
// colons). Nothing else of the host is visible. If LEMMANET_WRITABLE names a folder, everything
// outside it is read-only: compiling a stranger's file runs his code.
'use strict';
const fs = require('fs');
const path = require('path');

const READ_ONLY = 69; // WASI's EROFS
const home = path.join(__dirname, 'root');
const list = name => (process.env[name] || '').split(':').filter(Boolean);

// What threads may read without the main thread: where compiled modules lie.
function servedFolders() {
  return [...list('LEAN_PATH'), ...list('LEMMANET_MOUNTS')].map(name => path.resolve(name));
}

function visibleFolders(options, writable) {
  const named = options.map(option => option.replace(/^--?[a-zA-Z]+=?/, ''))
    .filter(name => path.isAbsolute(name)).map(name => path.dirname(name));
  const wanted = [process.cwd(), ...servedFolders(), ...named, ...(writable ? [writable] : [])];
  const present = [...new Set(wanted.map(name => path.resolve(name)))]
    .filter(name => fs.existsSync(name)).sort();
  return present.filter(name => // a folder below another one is visible through it
    !present.some(other => other !== name && name.startsWith(other.replace(/\/*$/, '/'))));
}

// Makes every operation that changes something fail outside the writable folder.
function protect(FS, writable) {
  const {node_ops: node, stream_ops: stream} = FS.filesystems.NODEFS;
  const refuse = () => { throw new FS.ErrnoError(READ_ONLY); };
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

// Builds the world that Lean sees with these arguments; before, there is only its own library.
function enter(FS, options) {
  const [named] = list('LEMMANET_WRITABLE'), writable = named && path.resolve(named);
  for (const folder of visibleFolders(options, writable)) {
    FS.mkdirTree(folder);
    FS.mount(FS.filesystems.NODEFS, {root: folder}, folder);
  }
  if (writable) protect(FS, writable);
  FS.chdir(process.cwd());
}

module.exports = {enter, home, list, servedFolders};
