"""Adapts the JavaScript that carries the WebAssembly Lean to our runner.

Each change is a pair of texts; the old one must occur exactly as often as stated, so that a
package that is not the one we know is refused instead of half-patched.
"""

from __future__ import annotations

import re
from collections.abc import Set

from runtime.errors import InfrastructureError

__all__ = ["adapt", "needed_exports", "strip_exports", "strip_imports"]

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_ASSIGN_HEAD = "function assignWasmExports(wasmExports){"
_IMPORTS_HEAD = "function assignWasmImports(){wasmImports={"

# Nothing draws or plays sound; each of these functions would get a module and a place in the table.
_MULTIMEDIA = re.compile(r"emscripten_gl|emscripten_alc|alc?[A-Z]")

# Exports that the glue reaches through computed names.
_ALWAYS_EXPORTED = frozenset(
    {
        "__indirect_function_table",
        "__main_argc_argv",
        "__stack_pointer",
        "__wasm_call_ctors",
        "_emscripten_tls_init",
        "emscripten_main_thread_process_queued_calls",
    }
)

_WRITE_STAT = "stat=>SYSCALLS.writeStat(buf,stat)"


def _local(function: str, call: str) -> tuple[str, str]:
    """Let a thread try ``Module.local`` first, and the main thread only if that declines."""
    head = f"function {function}{{if(ENVIRONMENT_IS_PTHREAD)return "
    attempt = call.replace("{stat}", _WRITE_STAT)
    return head, f'{head}Module["local"].{attempt}??'


_PATCHES: tuple[tuple[str, str], ...] = (
    # The runner hands over its settings in a global.
    ('var Module=typeof Module!="undefined"?Module:{};', "var Module=globalThis.__LeanModule||{};"),
    ('"lean.wasm"', '"lean-slim.wasm"'),
    # dlsym asks the runner's table first; see bridge.toolchain.wasm.
    (
        "newSymIndex=Object.keys(lib.exports).indexOf(symbol);",
        'var known=lib.name==="__main__"?Module["symbolOfLean"](symbol):undefined;'
        "if(known!==undefined)return known<0?-known-1:known;"
        "newSymIndex=symbol in lib.exports?Object.keys(lib.exports).indexOf(symbol):-1;",
    ),
    (
        "metadata.tlsExports.forEach(s=>tlsExports[s]=moduleExports[s])",
        "metadata.tlsExports.forEach(s=>{"
        "if(moduleExports[s]!==undefined)tlsExports[s]=moduleExports[s]})",
    ),
    # A thread beyond the pool costs half a second, and the kernel recurses deeply. The variables
    # that say which folders threads may read come after the threads were started.
    ("var pthreadPoolSize=4;", 'var pthreadPoolSize=Module["threadPool"];'),
    (
        'new Worker(pthreadMainJs,{workerData:"em-pthread",name:"em-pthread"})',
        'new Worker(pthreadMainJs,{workerData:"em-pthread",name:"em-pthread",'
        "env:worker_threads.SHARE_ENV,resourceLimits:{stackSizeMb:900}})",
    ),
    # Threads come up while Lean does, which does not need them so early.
    (
        'addRunDependency("loading-workers");await pthreadPoolReady;'
        'removeRunDependency("loading-workers")',
        "",
    ),
    # The published module sees /home and /tmp only, and fails in any other folder.
    (
        'FS.mount(NODEFS,{root:"/home"},"/home");FS.mount(NODEFS,{root:"/tmp"},"/tmp");'
        'var cwd=process.cwd();if(cwd.startsWith("/private/tmp/")){'
        'cwd=cwd.replace("/private/tmp/","/tmp/")}else if(cwd==="/private/tmp"){cwd="/tmp"}'
        "FS.chdir(cwd)",
        "",
    ),
    (
        'console.log("[DEBUG:A] lean_main entered, argc="+$0)',
        'Module["entered"]($0,$1)',
    ),
    (
        'console.log("[DEBUG:C] lean::initializer completed successfully")',
        'Module["begin"]((growMemViews(),HEAPU32),stringToNewUTF8)',
    ),
    ("if(isNode){path=__filename}", 'if(isNode){path=Module["thisProgram"]}'),
    # What strip_imports took away is null; the table has places, and need not grow for each.
    (
        "if(!value&&!entry.required){entry.value=0;continue}",
        "if(!value){entry.value=0;continue}",
    ),
    ("var freeTableIndexes=[];", 'var freeTableIndexes=Module["freePlaces"]();'),
    # Looking for the place of a function, every thread made an object of each of the table's
    # 320,000 entries; the places of the exports are known.
    (
        "functionsInTableMap=new WeakMap;updateTableMap(0,wasmTable.length)",
        'functionsInTableMap=Module["placesOfExports"](wasmExports)',
    ),
    # Threads read compiled modules themselves instead of asking the main thread nine times each.
    _local("___syscall_stat64(path,buf)", "stat(UTF8ToString(path),{stat})"),
    _local("___syscall_openat(dirfd,path,flags,varargs)", "open(UTF8ToString(path),flags)"),
    _local("___syscall_fstat64(fd,buf)", "fstat(fd,{stat})"),
    _local("_fd_read(fd,iov,iovcnt,pnum)", "read(fd,iov,iovcnt,pnum,(growMemViews(),HEAPU32))"),
    _local(
        "_fd_seek(fd,offset,whence,newOffset)",
        "seek(fd,offset,whence,newOffset,(growMemViews(),HEAP64))",
    ),
    _local("_fd_close(fd)", "close(fd)"),
)

# Debug prints that report no trouble; failed assertions and exceptions stay.
_CHATTER = re.compile(r'console\.log\("\[DEBUG:(?!ASSERT|IO_ERROR)(?![^"]*threw)')


def strip_exports(glue: str) -> str:
    """Remove the 89 MB of assignments of exports that nothing reads.

    Raises:
        InfrastructureError: the glue is not laid out as the published one is.
    """
    head = glue.find(_ASSIGN_HEAD)
    start, end = glue.rfind("var ", 0, head), glue.find("}", head)
    if min(head, start, end) < 0:
        raise InfrastructureError("The Lean package's JavaScript is not the expected one.")
    before, after = glue[:start], glue[end + 1 :]
    names = glue[start + 4 : head].rstrip(";").split(",")
    assignments = glue[head + len(_ASSIGN_HEAD) : end].split(";")
    used = set(_IDENTIFIER.findall(before)) | set(_IDENTIFIER.findall(after))
    variables = ",".join(name for name in names if name.split("=")[0] in used)
    body = ";".join(line for line in assignments if line.split("=")[0] in used)
    expose = 'Module["exportsOfLean"]=wasmExports;'
    return f"{before}var {variables};{_ASSIGN_HEAD}{expose}{body}}}{after}"


def strip_imports(glue: str, names: Set[str], offsets: Set[str]) -> str:
    """Offer the module only what it imports: ``names``, and ``offsets`` through its GOT.

    Raises:
        InfrastructureError: the glue is not laid out as the published one is.
    """
    head = glue.find(_IMPORTS_HEAD)
    start, end = head + len(_IMPORTS_HEAD), glue.find("}", head)
    entries = glue[start:end].split(",")
    if head < 0 or not all(re.fullmatch(r"[\w$]+(:[\w$]+)?", entry) for entry in entries):
        raise InfrastructureError("The Lean package's JavaScript is not the expected one.")
    keep = names | {name for name in offsets if not _MULTIMEDIA.match(name)}
    kept = ",".join(entry for entry in entries if entry.split(":")[0] in keep)
    return glue[:start] + kept + glue[end:]


def needed_exports(glue: str) -> frozenset[str]:
    """The exports of the module that the stripped ``glue`` still names."""
    quoted = re.findall(r'wasmExports\["([^"]+)"\]', glue)
    dotted = re.findall(r"(?:wasmExports|exports)\.([A-Za-z_]\w*)", glue)
    return frozenset(quoted) | frozenset(dotted) | _ALWAYS_EXPORTED


def adapt(glue: str) -> str:
    """Apply every patch and silence the debug prints of the JavaScript side.

    Raises:
        InfrastructureError: a text to replace is missing or occurs more than once.
    """
    for old, new in _PATCHES:
        if glue.count(old) != 1:
            raise InfrastructureError(
                f"The Lean package's JavaScript is not the expected one: {old[:60]!r} occurs "
                f"{glue.count(old)} times instead of once."
            )
        glue = glue.replace(old, new)
    return _CHATTER.sub('void("[DEBUG:', glue)
