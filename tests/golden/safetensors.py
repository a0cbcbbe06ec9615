# Files in the .safetensors format, to check safetensors.h against. Plain
# Python, as Debian 12 has no package of the format's own library; it writes as
# that does: compact JSON, filled up with spaces to a multiple of eight, then
# the data without gaps. Run from anywhere:
#     /usr/bin/python3 tests/golden/safetensors.py
import json
import os
import struct

os.chdir(os.path.dirname(os.path.abspath(__file__)))
SIZES = {"F32": ("f", 4), "F64": ("d", 8), "F16": ("e", 2), "BF16": ("H", 2),
         "I64": ("q", 8), "I32": ("i", 4), "I16": ("h", 2), "I8": ("b", 1),
         "U64": ("Q", 8), "U32": ("I", 4), "U16": ("H", 2), "U8": ("B", 1),
         "BOOL": ("?", 1), "F8_E4M3": ("B", 1), "F8_E5M2": ("B", 1)}


def save(name, tensors, metadata=None):
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for key, dtype, shape, values in tensors:
        begin = len(data)
        data += struct.pack("<%d%s" % (len(values), SIZES[dtype][0]), *values)
        header[key] = {"dtype": dtype, "shape": shape,
                       "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    text = text.encode()
    text += b" " * (-len(text) % 8)
    with open("safetensors-%s.safetensors" % name, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


x = [i + j / 4 for i in range(2) for j in range(3)]

# A tensor of each type; the bytes first, so that the floats lie askew.
save("all", [
    ("a\"b", "U8", [5], [0, 1, 2, 254, 255]),
    ("none", "F32", [2, 0, 3], []),
    ("w", "F32", [2, 3], x),
    ("wide", "F64", [2, 3], x),
    ("pas \u00e0 pas", "I64", [2], [7, -2**40]),
    ("scalar", "F32", [], [-2.5]),
], {"format": "pt"})

# What safetensors.h writes, too.
save("ours", [
    ("step", "I64", [1], [100]),
    ("w", "F32", [2, 3], x),
    ("\u00e9", "F32", [], x[5:]),
    ("random", "U8", [3], b"abc"),
], {"format": "pt", "a \"text\"": "\n"})

# A tensor of each other type (the bits of bfloats are the upper half of those
# of floats), and one of a type that safetensors.h does not know.
save("types", [
    ("bool", "BOOL", [2], [True, False]),
    ("f16", "F16", [2], [1.5, -0.25]),
    ("bf16", "BF16", [2], [0x3fc0, 0xbe80]),
    ("f64", "F64", [2], [1.5, -0.25]),
    ("f8", "F8_E4M3", [2], [0x3c, 0xa8]),
    ("f8b", "F8_E5M2", [2], [0x3e, 0xb4]),
    ("i8", "I8", [2], [1, -128]),
    ("i16", "I16", [2], [1, -32768]),
    ("i32", "I32", [2], [1, -2**31 + 1]),
    ("u16", "U16", [2], [1, 65535]),
    ("u32", "U32", [2], [1, 2**32 - 1]),
    ("u64", "U64", [2], [1, 2**64 - 1]),
])

# Floats that no model can use.
save("wild", [
    ("nan", "F32", [2], [1, float("nan")]),
    ("half", "F16", [2], [-float("inf"), 1]),
    ("huge", "F64", [2], [1, 1e39]),
])
