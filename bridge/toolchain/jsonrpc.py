"""Messages of the Language Server Protocol on byte streams (base protocol of LSP 3.17)."""

from __future__ import annotations

import json
from typing import IO, Any

__all__ = ["MAX_MESSAGE_BYTES", "Message", "ProtocolError", "read_message", "write_message"]

MAX_MESSAGE_BYTES = 256 << 20
_MAX_HEADER_BYTES = 4096

Message = dict[str, Any]


class ProtocolError(Exception):
    """The other side does not speak the protocol."""


def read_message(stream: IO[bytes]) -> Message | None:
    """The next message, or None at the end of the stream.

    Raises:
        ProtocolError: a frame that is malformed, cut short or too large.
    """
    length = None
    while True:
        line = stream.readline(_MAX_HEADER_BYTES)
        if not line and length is None:
            return None
        if line in (b"\r\n", b"\n"):
            break
        name, colon, value = line.partition(b":")
        if not colon or not line.endswith(b"\n"):
            raise ProtocolError(f"not a header: {line[:60]!r}")
        if name.strip().lower() == b"content-length":
            if not value.strip().isdigit():
                raise ProtocolError(f"not a length: {value[:60]!r}")
            length = int(value)
    if length is None or length > MAX_MESSAGE_BYTES:
        raise ProtocolError(f"a message of {length} bytes")
    body = stream.read(length)
    if len(body) < length:
        raise ProtocolError("the stream ended inside a message")
    try:
        message = json.loads(body)
    except ValueError as error:
        raise ProtocolError(f"a message that is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise ProtocolError("a message that is no object")
    return message


def write_message(stream: IO[bytes], message: Message) -> None:
    """Write one message and flush."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    stream.flush()
