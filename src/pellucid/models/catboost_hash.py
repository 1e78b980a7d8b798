"""The 64-bit hash by which CatBoost knows a category.

A CatBoost model stores no category, only the lower 32 bits of its CityHash64, so a category has to be hashed to be
found in the model. All arithmetic is modulo 2^64; words are read from the bytes in little-endian order.

Source: G. Pike & J. Alakuijala (2011), "Introducing CityHash", version 1.0, which CatBoost uses.
"""

from __future__ import annotations

__all__ = ["category_hash"]

ALL = 2**64 - 1
K0, K1, K2, K3 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
PAIR = 0x9DDFEA08EB382D69


def category_hash(category: bytes) -> int:
    """The lower 32 bits of CityHash64, as CatBoost stores them."""
    size = len(category)
    if size <= 16:
        whole = _up_to_16(category)
    elif size <= 32:
        whole = _up_to_32(category)
    elif size <= 64:
        whole = _up_to_64(category)
    else:
        whole = _longer(category)
    return whole & 0xFFFFFFFF


def _word(text: bytes, start: int, size: int = 8) -> int:
    return int.from_bytes(text[start : start + size], "little")


def _turned(value: int, bits: int) -> int:
    """Rotated to the right."""
    value &= ALL
    return (value >> bits | value << (64 - bits)) & ALL


def _folded(value: int) -> int:
    value &= ALL
    return value ^ value >> 47


def _paired(low: int, high: int) -> int:
    """Two words into one."""
    low, high = low & ALL, high & ALL
    first = _folded((low ^ high) * PAIR)
    return _folded((high ^ first) * PAIR) * PAIR & ALL


def _up_to_16(text: bytes) -> int:
    size = len(text)
    if size > 8:
        last = _word(text, size - 8)
        return _paired(_word(text, 0), _turned(last + size, size)) ^ last
    if size >= 4:
        return _paired(size + (_word(text, 0, 4) << 3), _word(text, size - 4, 4))
    if size == 0:
        return K2
    ends = text[0] + (text[size >> 1] << 8), size + (text[-1] << 2)
    return _folded(ends[0] * K2 ^ ends[1] * K3) * K2 & ALL


def _up_to_32(text: bytes) -> int:
    size = len(text)
    a, b = _word(text, 0) * K1, _word(text, 8)
    c, d = _word(text, size - 8) * K2, _word(text, size - 16) * K0
    return _paired(_turned(a - b, 43) + _turned(c, 30) + d, a + _turned(b ^ K3, 20) - c + size)


def _up_to_64(text: bytes) -> int:
    size = len(text)
    first = _word(text, 0) + (size + _word(text, size - 16)) * K0
    low, high = _stirred(first, _word(text, 24), _word(text, 8), _word(text, 16))
    second = _word(text, 16) + _word(text, size - 32)
    tail = _stirred(second, _word(text, size - 8), _word(text, size - 24), _word(text, size - 16))
    return _folded(_folded((low + tail[1]) * K2 + (tail[0] + high) * K0) * K0 + high) * K2 & ALL


def _stirred(a: int, z: int, second: int, third: int) -> tuple[int, int]:
    high = _turned(a + z, 52) + _turned(a, 37) + _turned(a + second, 7)
    total = a + second + third
    return total + z, high + _turned(total, 31)


def _longer(text: bytes) -> int:
    size = len(text)
    x, y, z = _word(text, 0), _word(text, size - 16) ^ K1, _word(text, size - 56) ^ K0
    v, w = _seeded(text, size - 64, size, y), _seeded(text, size - 32, size * K1, K0)
    z += _folded(v[1]) * K1
    x, y = _turned(z + x, 39) * K1, _turned(y, 33) * K1
    for start in range(0, (size - 1) & ~63, 64):
        x = _turned(x + y + v[0] + _word(text, start + 16), 37) * K1 ^ w[1]
        y = _turned(y + v[1] + _word(text, start + 48), 42) * K1 ^ v[0]
        turned = _turned(z ^ w[0], 33)
        v = _seeded(text, start, v[1] * K1, x + w[0])
        w = _seeded(text, start + 32, turned + w[1], y)
        x, z = turned, x & ALL
    return _paired(_paired(v[0], w[0]) + _folded(y) * K1 + z, _paired(v[1], w[1]) + x)


def _seeded(text: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes and two seeds into two words."""
    w, x, y, z = (_word(text, start + 8 * i) for i in range(4))
    a += w
    total = a + x + y
    return total + z & ALL, _turned(b + a + z, 21) + _turned(total, 44) + a & ALL
