"""Writes TensorFlow V2 checkpoints: a LevelDB table of protocol buffers beside a file of numbers."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tryon.weights.tensor_bundle import MAGIC, TYPES, _masked_crc

NUMBERS = {kind: number for number, kind in TYPES.items()}


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def entry(array: Any, offset: int, **changes: bytes) -> bytes:
    """BundleEntryProto of an array; `changes` are appended, so that their fields win."""
    shape = b"".join(field(2, field(1, side)) for side in array.shape)
    kind = NUMBERS[array.dtype]
    return field(1, kind) + field(2, shape) + field(4, offset) + field(5, array.nbytes) + b"".join(changes.values())


def block(pairs: list[tuple[bytes, bytes]], *, kind: int = 0) -> bytes:
    """A block with one restart: each key is written as what it adds to the one before."""
    out, before = b"", b""
    for key, value in pairs:
        shared = 0
        while shared < min(len(before), len(key)) and before[shared] == key[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    out += struct.pack("<II", 0, 1)
    return out + bytes([kind]) + struct.pack("<I", _masked_crc(out + bytes([kind])))


def table(pairs: list[tuple[bytes, bytes]], **words: Any) -> bytes:
    """A table with all pairs in one block."""
    data, meta = block(pairs, **words), block([])
    handle = varint(0) + varint(len(data) - 5)
    index = block([(pairs[-1][0], handle)])
    where = varint(len(data)) + varint(len(meta) - 5) + varint(len(data) + len(meta)) + varint(len(index) - 5)
    return data + meta + index + where.ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def write_bundle(prefix: Path, arrays: Mapping[str, Any], header: bytes = field(1, 1)) -> None:
    """A checkpoint of one shard."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    pairs, data = [(b"", header)], b""
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        pairs.append((name.encode(), entry(array, len(data))))
        data += array.tobytes()
    prefix.with_name(f"{prefix.name}.index").write_bytes(table(pairs))
    prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(data)
