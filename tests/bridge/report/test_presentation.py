"""Text made visible, numbers made readable, inputs made into pictures."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.report import figures
from bridge.report.assumptions import ASSUMPTIONS, markdown
from bridge.report.picture import picture
from bridge.report.text import clip, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand tab", "two\nlines\tand tab"),
        ("dos\r\nline", "dos\nline"),
        ("bell\x07", r"bell\u{7}"),
        ("\x1b[31mred", r"\u{1b}[31mred"),
        ("abc\u202edef", r"abc\u{202e}def"),
        ("zero\u200bwidth", r"zero\u{200b}width"),
        ("line\u2028separator", r"line\u{2028}separator"),
        ("שלום ∀ ℚ é 数", "שלום ∀ ℚ é 数"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(), st.integers(1, 30))
def test_clip_keeps_to_the_limit_and_marks_the_cut(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    full = visible(text)
    assert clipped == (full if len(full) <= limit else full[: limit - 1] + "…")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-2.31, "−2.310"),
        (0.4127, "0.4127"),
        (12345.6, "12346"),
        (9.54e-7, "9.540e−7"),
        (-1.25e30, "−1.250e30"),
        (5e-324, "4.941e−324"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert figures.number(value) == text


@given(st.floats(-1e300, 1e300))
def test_numbers_read_back(value: float) -> None:
    text = figures.number(value).replace("−", "-")
    assert float(text) == pytest.approx(value, rel=6e-4)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0 ms"), (0.05, "50 ms"), (0.31, "0.31 s"), (14.2, "14.2 s")],
)
def test_seconds(value: float | None, text: str) -> None:
    assert figures.seconds(value).replace("\N{NO-BREAK SPACE}", " ") == text


def test_units() -> None:
    plain = str.maketrans({"\N{NO-BREAK SPACE}": " "})
    assert figures.seconds(125.0).translate(plain) == "2 min 05 s"
    assert figures.memory(None) == "–"
    assert figures.memory(512_000).translate(plain) == "512 kB"
    assert figures.memory(937_400_000).translate(plain) == "937 MB"
    assert figures.memory(1_180_000_000).translate(plain) == "1.18 GB"
    assert figures.count(2410) == "2,410"
    assert figures.shape((3, 32, 32)) == "3 × 32 × 32"
    assert figures.shape(()) == "scalar"
    assert figures.signed(0.5) == "+0.5000"
    assert figures.bounds(None) == "–"


def _pixels(uri: str) -> bytes:
    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    position, body = 8, b""
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        chunk = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        assert checksum == zlib.crc32(kind + chunk)
        body += chunk if kind == b"IDAT" else b""
        position += 12 + length
    return zlib.decompress(body)


def test_gray_picture() -> None:
    image = picture([k / 63 for k in range(64)], (64,))
    assert image is not None
    assert (image.width, image.height) == (8, 8)
    rows = _pixels(image.uri)
    assert len(rows) == 8 * 9
    assert rows[0::9] == bytes(8)
    assert rows[1] == 0
    assert rows[-1] == 255


def test_color_picture_interleaves_channels() -> None:
    values = [1.0] * 30 + [0.5] * 30 + [0.0] * 30
    image = picture(values, (3, 5, 6))
    assert image is not None
    assert (image.width, image.height) == (6, 5)
    assert _pixels(image.uri)[1:4] == bytes([255, 128, 0])


@pytest.mark.parametrize(
    ("size", "shape"),
    [(5, (5,)), (16, (4, 4)), (63, (64,)), (64, (2, 4, 8)), (300, (1, 300, 1)), (1, ())],
)
def test_other_inputs_are_not_pictures(size: int, shape: tuple[int, ...]) -> None:
    assert picture([0.0] * size, shape) is None


def test_constant_pictures_do_not_divide_by_zero() -> None:
    assert picture([0.5] * 64, (8, 8)) is not None


def test_assumption_catalogue_as_markdown() -> None:
    table = markdown()
    assert table.count("\n") == len(ASSUMPTIONS) + 2
    assert all(f"| `{name}` | {text} |" in table for name, text in ASSUMPTIONS.items())
