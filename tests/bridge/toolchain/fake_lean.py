"""A stand-in for Lean that does what comments in the source file say, one `-- fake: …` a line.

Like the real one it waits for its arguments on the pipe that `LEMMANET_HANDOVER` names.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def message(severity: str, text: str, kind: str = "") -> None:
    data = {"severity": severity, "pos": {"line": 2, "column": 3}, "data": text, "kind": kind}
    print(json.dumps(data), flush=True)


def arguments_from_pipe() -> list[str]:
    with open(int(os.environ["LEMMANET_HANDOVER"])) as pipe:
        text = pipe.read()
    if not text:
        sys.exit(125)
    message = json.loads(text)
    os.environ.update(message["environment"])
    os.chdir(message["folder"])
    return message["arguments"]


def main() -> int:
    arguments = arguments_from_pipe()
    output = Path(arguments[arguments.index("-o") + 1])
    source = Path(arguments[-1])
    text = source.read_text()
    log = Path(os.environ["PATH"].split(os.pathsep)[0], "calls.log")
    with log.open("a") as handle:
        handle.write(f"{source}\n")
    olean, private, code = text.splitlines()[0], "", 0
    for line in text.splitlines():
        if not line.startswith("-- fake: "):
            continue
        match line.removeprefix("-- fake: ").split():
            case ["olean", content]:
                olean = content
            case ["no-olean"]:
                olean = None
            case ["empty-olean"]:
                olean = ""
            case ["error"]:
                message("error", "it is wrong")
                code = 1
            case ["error-but-zero"]:
                message("error", "it is wrong")
            case ["sorry"]:
                message("warning", "declaration uses `sorry`", "hasSorry")
            case ["silent-sorry"]:
                private = "\0sorryAx\0"
            case ["exit", number]:
                code = int(number)
            case ["heap"]:
                print("Aborted(OOM)", file=sys.stderr)
                code = 7
            case ["signal", name]:
                os.kill(os.getpid(), getattr(signal, name))
            case ["sleep", seconds]:
                time.sleep(float(seconds))
            case ["child", seconds]:
                child = subprocess.Popen(
                    [sys.executable, "-c", f"import time; time.sleep({seconds})"]
                )
                Path("child.pid").write_text(str(child.pid))
                time.sleep(float(seconds))
            case ["memory", megabytes]:
                block = bytearray(int(megabytes) << 20)
                block[::4096] = b"x" * len(block[::4096])
                time.sleep(60)
            case ["flood"]:
                while True:
                    print("x" * 100_000)
            case ["edit"]:
                source.write_text(text + "-- edited\n")
            case ["noise"]:
                print("not json")
                print("{broken", file=sys.stderr)
    if olean is not None:
        output.write_text(olean)
        output.with_name(output.name + ".private").write_text(private)
    return code


sys.exit(main())
