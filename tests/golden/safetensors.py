# Files in the .safetensors format, to check safetensors.h against. Plain
# Python, as Debian 12 has no package of the format's own library; it writes as
# that does: compact JSON, filled up with spaces to a multiple of eight, then
# the data without gaps. Run from anywhere:
#     /usr/bin/python3 tests/golden/safetensors.py
import json
import os
import struct

os.chdir(os.path.dirname(os.path.abspath(__file__)))
SIZES = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8), "U8": ("B", 1)}


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
