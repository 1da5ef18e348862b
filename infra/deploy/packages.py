"""The functions' archives: found, looked into, and packed so that the same binary is the same archive.

`make run` leaves quick builds for this machine where a release would also be a `bootstrap`. So nothing is packed that is not
of the wanted architecture and stripped, as only the release profile leaves it (`strip = true` in Cargo.toml).
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from infra.local.steps import Failure

MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
SYMBOL_TABLE = 2
LARGEST_ZIP = 50 * 1024 * 1024  # What Lambda takes.


@dataclass(frozen=True)
class Archive:
    """One function's archive, as it will be sent."""

    path: Path
    digest: str


def pack(source: Path, functions: list[str], architecture: str, into: Path) -> dict[str, Archive]:
    """Look at every function's binary in `source` (NAME.zip, or NAME/bootstrap), and pack each into `into`."""
    into.mkdir(parents=True, exist_ok=True)
    packed = {}
    for name in functions:
        binary = _read(source, name)
        check(name, binary, architecture)
        path = into / f"{name}.zip"
        _write(path, binary)
        if path.stat().st_size > LARGEST_ZIP:
            raise Failure(f"the archive of {name} is larger than the 50 MB that Lambda takes: {path}")
        packed[name] = Archive(path, hashlib.sha256(binary).hexdigest())
    return packed


def check(name: str, binary: bytes, architecture: str) -> None:
    """Refuse what is no program for the architecture, or not of the release profile."""
    advice = f"build it with make release ARCH={architecture}, or name a release's archives with ARCHIVES=..."
    if len(binary) < 64 or binary[:4] != b"\x7fELF" or binary[4] != 2 or binary[5] != 1:
        raise Failure(f"{name} is no program for Lambda (64-bit ELF, little-endian): {advice}")
    (machine,) = struct.unpack_from("<H", binary, 18)
    if machine != MACHINES[architecture]:
        known = {number: word for word, number in MACHINES.items()}
        raise Failure(f"{name} was built for {known.get(machine, f'machine {machine}')}, and the stage is {architecture}: {advice}")
    if left := _left_by_another_profile(binary):
        raise Failure(f"{name} is not of the release profile (it has {left}): {advice}")


def _left_by_another_profile(binary: bytes) -> str | None:
    """What stripping would have taken away."""
    (start,) = struct.unpack_from("<Q", binary, 40)
    size, count, names = struct.unpack_from("<HHH", binary, 58)
    if start == 0 or count == 0:
        return None
    try:
        headers = [struct.unpack_from("<IIQQQQ", binary, start + number * size) for number in range(count)]
        table = headers[names][4]
        for name, kind, *_ in headers:
            if kind == SYMBOL_TABLE:
                return "a table of symbols"
            # Rust puts .debug_gdb_scripts among what is loaded, where no stripping takes it away.
            called = binary[table + name : binary.index(b"\0", table + name)]
            if called.startswith((b".debug_", b".zdebug_")) and called != b".debug_gdb_scripts":
                return "debug information"
    except (struct.error, IndexError, ValueError):
        return "broken section headers"
    return None


def _read(source: Path, name: str) -> bytes:
    archive, file = source / f"{name}.zip", source / name / "bootstrap"
    if archive.exists():
        try:
            with zipfile.ZipFile(archive) as opened:
                return opened.read("bootstrap")
        except (zipfile.BadZipFile, KeyError) as error:
            raise Failure(f"{archive} is no archive with a file bootstrap in it ({error})") from error
    if file.exists():
        return file.read_bytes()
    raise Failure(f"neither {archive} nor {file} is there: make release, or name a release's archives with ARCHIVES=...")


def _write(path: Path, binary: bytes) -> None:
    if path.exists() and _read(path.parent, path.stem) == binary:
        return  # Packed by an earlier deploy.
    # A fixed time and mode: the same binary is the same archive, and a deploy of it changes nothing.
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr, entry.compress_type = 3, 0o100755 << 16, zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, binary, compresslevel=6)
