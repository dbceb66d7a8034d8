"""Reads TensorFlow's V2 checkpoints (a tensor bundle) without TensorFlow.

`prefix.index` is a LevelDB table (tensorflow/core/lib/io/table): its footer points at an index of blocks, whose
entries are a protocol buffer per tensor (BundleEntryProto: type, shape, shard, offset, size); the numbers lie in
`prefix.data-00000-of-00001`. Nothing in either file can run. Every length that a file claims is checked against what is
there before it is used.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.errors import WeightsMissing
from tryon.weights.hub import INSTEAD

MAGIC, FOOTER, TRAILER = 0xDB4775248B80FB57, 48, 5
TYPES: Mapping[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("<f8"),
    3: np.dtype("<i4"),
    9: np.dtype("<i8"),
    19: np.dtype("<f2"),
}
_MOST_BYTES = 1 << 28  # of an index; VITON's have kilobytes
_CASTAGNOLI = 0x82F63B78


def read_bundle(
    prefix: Path, *, title: str, keep: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, NDArray[Any]]]:
    """(name, array) of a checkpoint, in the order of the names. `keep` chooses names before numbers are read.

    Raises WeightsMissing when a file is not there, damaged, cut off, compressed or of another kind.
    """
    try:
        for name, entry in _entries(_bytes(prefix.with_name(prefix.name + ".index"))):
            if keep is None or keep(name):
                yield name, _tensor(prefix, name, entry)
    except FileNotFoundError as error:
        what = f"the file {Path(error.filename).name} is not there"
        raise WeightsMissing(model=title, missing=what, instead=INSTEAD) from None
    except _Odd as error:
        what = f"the checkpoint {prefix.name} cannot be read: {error}"
        raise WeightsMissing(model=title, missing=what, instead=INSTEAD) from None


class _Odd(ValueError):
    """Not what a checkpoint looks like; says why."""


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _MOST_BYTES:
        raise _Odd("its index is too large")
    return path.read_bytes()


def _entries(index: bytes) -> Iterator[tuple[str, dict[int, list[Any]]]]:
    """Name and protocol-buffer fields of every tensor."""
    if len(index) < FOOTER or struct.unpack("<Q", index[-8:])[0] != MAGIC:
        raise _Odd("its index is cut off or of another kind")
    numbers, at = [], len(index) - FOOTER
    for _ in range(4):  # where the metaindex and the index of blocks begin, and how long they are
        value, at = _varint(index, at, len(index) - 8)
        numbers.append(value)
    header: dict[int, list[Any]] = {}
    for _, handle in _block(index, numbers[2], numbers[3]):
        start, at = _varint(handle, 0, len(handle))
        length, _ = _varint(handle, at, len(handle))
        for key, data in _block(index, start, length):
            fields = _fields(data)
            if not key:
                header = fields
                if _one(header, 2):
                    raise _Odd("its numbers are big-endian")
                continue
            fields[0] = [_one(header, 1) or 1]  # shards
            try:
                yield key.decode("utf-8"), fields
            except UnicodeDecodeError:
                raise _Odd("a name in it is damaged") from None


def _block(data: bytes, start: int, length: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a table's block; keys share their beginnings with the key before."""
    end = start + length
    if end + TRAILER > len(data) or length < 4:
        raise _Odd("a block lies outside of it")
    if data[end] != 0:
        raise _Odd("it is compressed")
    if _masked_crc(data[start : end + 1]) != struct.unpack("<I", data[end + 1 : end + TRAILER])[0]:
        raise _Odd("a check sum differs")
    restarts = struct.unpack("<I", data[end - 4 : end])[0]
    last = length - 4 * (restarts + 1)
    if last < 0:
        raise _Odd("a block is damaged")
    block, at, key = data[start : start + last], 0, b""
    while at < last:
        shared, at = _varint(block, at, last)
        own, at = _varint(block, at, last)
        size, at = _varint(block, at, last)
        if shared > len(key) or at + own + size > last:
            raise _Odd("a block is damaged")
        key = key[:shared] + block[at : at + own]
        at += own
        yield key, block[at : at + size]
        at += size


def _tensor(prefix: Path, name: str, entry: dict[int, list[Any]]) -> NDArray[Any]:
    kind = TYPES.get(_one(entry, 1))
    if kind is None:
        raise _Odd(f"{name} is of a type that is not read here")
    if 7 in entry:
        raise _Odd(f"{name} is stored in slices")
    shape = _shape(entry)
    offset, size = _one(entry, 4), _one(entry, 5)
    if math.prod(shape) * kind.itemsize != size:
        raise _Odd(f"{name} has another size than its shape")
    shard, shards = _one(entry, 3), entry[0][0]
    path = prefix.with_name(f"{prefix.name}.data-{shard:05d}-of-{shards:05d}")
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) != size:
        raise _Odd(f"{name} is cut off")
    return np.frombuffer(data, kind).reshape(shape)


def _shape(entry: dict[int, list[Any]]) -> tuple[int, ...]:
    """The sizes of a TensorShapeProto."""
    sides = []
    for shape in entry.get(2, []):
        if not isinstance(shape, bytes):
            raise _Odd("a shape is damaged")
        for side in _fields(shape).get(2, []):
            if not isinstance(side, bytes):
                raise _Odd("a shape is damaged")
            sides.append(_one(_fields(side), 1))
    if len(sides) > 8 or any(side > _MOST_BYTES for side in sides):
        raise _Odd("a shape is damaged")
    return tuple(sides)


def _one(fields: dict[int, list[Any]], number: int) -> int:
    """An integer field, 0 where it is left out."""
    value = fields.get(number, [0])[-1]
    if not isinstance(value, int):
        raise _Odd("a field is of another type")
    return value


def _fields(data: bytes) -> dict[int, list[Any]]:
    """Field number -> values of a protocol buffer: integers, and bytes for everything with a length."""
    found: dict[int, list[Any]] = {}
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at, end)
        value: Any
        match tag & 7:
            case 0:
                value, at = _varint(data, at, end)
            case 1:
                value, at = _fixed(data, at, 8), at + 8
            case 2:
                size, at = _varint(data, at, end)
                if at + size > end:
                    raise _Odd("a field is cut off")
                value, at = data[at : at + size], at + size
            case 5:
                value, at = _fixed(data, at, 4), at + 4
            case _:
                raise _Odd("a field is of another type")
        found.setdefault(tag >> 3, []).append(value)
    return found


def _fixed(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise _Odd("a field is cut off")
    return int.from_bytes(data[at : at + size], "little")


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An unsigned integer of seven bits a byte, and where the next one begins."""
    value = 0
    for shift in range(0, 64, 7):
        if not 0 <= at < end:
            raise _Odd("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise _Odd("a number is too long")


def _masked_crc(data: bytes) -> int:
    """CRC-32C of a block, masked as LevelDB stores it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _table() -> tuple[int, ...]:
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_CASTAGNOLI if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


_TABLE = _table()
