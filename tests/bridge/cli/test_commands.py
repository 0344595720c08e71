"""The commands of the main line, with a Lean that obeys: output, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.report.model import FORMAT
from runtime.errors import InfrastructureError

from ..conftest import Builds
from .conftest import Run

pytestmark = pytest.mark.usefixtures("library")
SAFE = """
(declare-const X_0 Real)(declare-const X_1 Real)(declare-const X_2 Real)(declare-const X_3 Real)
(declare-const Y_0 Real)(declare-const Y_1 Real)(declare-const Y_2 Real)
(assert (>= X_0 0))(assert (<= X_0 1))(assert (>= X_1 0))(assert (<= X_1 1))
(assert (>= X_2 0))(assert (<= X_2 1))(assert (>= X_3 0))(assert (<= X_3 1))
(assert (>= Y_0 100))
"""


def test_verify_proves(run: Run, model: Path, image: Path, builds: Builds, folder: Path) -> None:
    result = run("verify", model, "--robust", image, "--eps", "0.01", "--out", "proof")
    assert (result.code, result.err.count("error")) == (0, 0)
    assert "proved" in result.out
    assert {p.name for p in (folder / "proof").iterdir()} >= {
        *("manifest.json", "report.json", "report.html", "lakefile.lean", "lean-toolchain"),
    }
    report = json.loads((folder / "proof" / "report.json").read_text())
    assert report["format"] == FORMAT
    assert report["model"]["importer_check"]["runs"] > 0
    assert report["claims"][0]["verdict"] == "proved"


def test_verify_again_goes_on_from_what_is_there(
    run: Run, model: Path, image: Path, builds: Builds, folder: Path
) -> None:
    arguments = ("verify", model, "--robust", image, "--eps", "0.01", "--out", "proof")
    assert run(*arguments).code == 0
    before = (folder / "proof" / "manifest.json").stat().st_mtime_ns
    assert run(*arguments).code == 0
    assert (folder / "proof" / "manifest.json").stat().st_mtime_ns == before
    other = run("verify", model, "--robust", image, "--eps", "0.02", "--out", "proof")
    assert other.code == 2
    assert "--force" in other.err
    assert run(*arguments[:5], "0.02", "--out", "proof", "--force").code == 0


def test_verify_refutes(run: Run, model: Path, image: Path, builds: Builds) -> None:
    arguments = ("verify", model, "--robust", image, "--eps", "0.01", "--label", "0")
    result = run(*arguments)
    assert result.code == 1, "settled against what was asked"
    assert "refuted" in result.out
    assert run(*arguments, "--expect", "refuted").code == 0


def test_verify_leaves_open_what_it_cannot_decide(
    run: Run, model: Path, image: Path, builds: Builds, folder: Path
) -> None:
    # Y_2 stays below 3 on this box, but linear bounds show no more than 3.17.
    text = SAFE.replace("(assert (>= Y_0 100))", "(assert (>= Y_2 3.05))")
    (folder / "p.vnnlib").write_text(text)
    asked = ("verify", model, "--property", "p.vnnlib", "--search", "0.3")
    assert run(*asked).code == 0  # parts of the box have bounds of their own
    asked = (*asked, "--branch", "0")
    assert run(*asked).code == 4
    result = run(*asked, "--out", "x", "--json")
    (claim,) = json.loads(result.out)["claims"]
    assert claim["verdict"] == "undecided"
    assert claim["margins"][0]["lower"] < 0
    assert {p.name for p in (folder / "x").iterdir()} == {"report.json", "report.html"}


def test_what_lean_is_not_asked_about_names_the_checker(
    run: Run, model: Path, builds: Builds, folder: Path
) -> None:
    (folder / "p.vnnlib").write_text(SAFE.replace("(>= Y_0 100)", "(>= Y_2 3.05)"))
    result = run("verify", model, "--property", "p.vnnlib", "--regions", "1", "--json")
    (claim,) = json.loads(result.out)["claims"]
    assert claim["verdict"] == "checked"
    assert "Lean is asked about 1" in claim["message"]
    assert "python-checker" in claim["assumptions"]
    assert "lean-kernel" not in claim["assumptions"]
    assert result.code == 4


def test_several_properties_keep_their_order(
    run: Run, model: Path, image: Path, builds: Builds, folder: Path
) -> None:
    (folder / "p.vnnlib").write_text(SAFE)
    result = run(
        *("verify", model, "--property", "p.vnnlib", "--robust", image),
        *("--eps", "0.01", "--eps", "1/50", "--json"),
    )
    assert result.code == 0
    report = json.loads(result.out)
    assert [claim["title"] for claim in report["claims"]] == [
        "p",
        "image stays 1 within 0.01",
        "image stays 1 within 1/50",
    ]
    assert result.err == ""


def test_nothing_is_kept_without_out(
    run: Run, model: Path, image: Path, builds: Builds, folder: Path
) -> None:
    before = sorted(folder.iterdir())
    assert run("verify", model, "--robust", image, "--eps", "0.01").code == 0
    assert sorted(folder.iterdir()) == before
    assert not list((folder.parent / "temporary").iterdir())


def test_export_then_check_then_report(
    run: Run, model: Path, image: Path, builds: Builds, folder: Path
) -> None:
    exported = run("export", model, "--robust", image, "--eps", "0.01", "--out", "proof")
    assert exported.code == 0
    assert "lemmanet check proof" in exported.out
    assert builds.count == 0
    checked = run("check", "proof", "--model", model)
    assert checked.code == 0
    (folder / "proof" / "report.html").unlink()
    shown = run("report", "proof")
    assert shown.code == 0
    assert "proved" in shown.out
    assert (folder / "proof" / "report.html").is_file()
    assert json.loads(run("report", "proof", "--json").out)["format"] == FORMAT


def test_the_norm_of_a_radius(run: Run, model: Path, image: Path, folder: Path) -> None:
    for norm, near in (("l1", "NearL1"), ("l2", "NearL2"), ("linf", "Near")):
        options = ("--robust", image, "--eps", "0.01", "--norm", norm)
        assert run("export", model, *options, "--out", norm).code == 0
        (text,) = (path.read_text() for path in (folder / norm).rglob("Property.lean"))
        assert f" {near} " in text
    assert run("export", model, *options[:-1], "l3", "--out", "other").code == 2


def test_check_asks_for_what_the_project_says(
    run: Run, model: Path, image: Path, builds: Builds
) -> None:
    run("export", model, "--robust", image, "--eps", "0.01", "--label", "0", "--out", "proof")
    result = run("check", "proof", "--json")
    assert result.code == 0
    assert json.loads(result.out)["claims"][0]["verdict"] == "refuted"


@pytest.mark.parametrize(
    ("status", "code"), [("failed", 1), ("timeout", 4), ("memory", 4), ("crashed", 3)]
)
def test_exit_codes_of_builds(
    run: Run, model: Path, image: Path, builds: Builds, status: str, code: int
) -> None:
    builds.statuses = {"Small.Property": status}
    assert run("verify", model, "--robust", image, "--eps", "0.01").code == code


def test_a_changed_project_is_rejected(
    run: Run, model: Path, image: Path, builds: Builds, folder: Path
) -> None:
    run("export", model, "--robust", image, "--eps", "0.01", "--out", "proof")
    file = folder / "proof" / "Small" / "Property.lean"
    file.write_text(file.read_text().replace("Wins 1", "Wins 2"))
    result = run("check", "proof")
    assert result.code == 1
    assert "rejected" in result.out


def test_no_lean_is_a_matter_of_the_machine(
    run: Run, model: Path, image: Path, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def select(_: object) -> None:
        raise InfrastructureError("There is no Lean; run `lemmanet toolchain install`.")

    monkeypatch.setattr("bridge.toolchain.select", select, raising=False)
    result = run("verify", model, "--robust", image, "--eps", "0.01")
    assert result.code == 3
    assert result.err.splitlines()[-1] == (
        "error: There is no Lean; run `lemmanet toolchain install`."
    )


def test_an_interruption_leaves_whole_files(
    run: Run,
    model: Path,
    image: Path,
    builds: Builds,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def build(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    arguments = ("verify", model, "--robust", image, "--eps", "0.01", "--out", "proof")
    with monkeypatch.context() as patch:
        patch.setattr("bridge.toolchain.build", build, raising=False)
        result = run(*arguments)
    assert result.code == 130
    assert "Interrupted" in result.err
    assert not (folder / "proof" / "report.json").exists()
    assert run("check", "proof").code == 0
    assert run(*arguments).code == 0
