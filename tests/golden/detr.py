#!/usr/bin/python3
"""Makes the golden array of detr.h (chapter "vision") with PyTorch.

Run by hand, from the repository's root, and only when the array is to
change: python3 tests/golden/detr.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/detr.txt.

Canvases of 16 by 16 pixels and all parameters come from formulas, the
parameters in the order of detr_new; see formula.  detr.npy holds, for each of
the two blocks of the decoder, the logits (B, Q, K + 1) and the boxes (B, Q,
4).  All is computed in float64 from float32 parameters and rounded to float32
at the end.  Convolution, pooling, attention and layer norm are PyTorch's own.
"""
import numpy as np
import torch
import torch.nn.functional as F

B, SIDE, C, HEADS, HIDDEN, ENC, DEC, Q, K = 2, 16, 8, 2, 6, 1, 2, 5, 10
CHANNELS = (4, 3, 7, C)
N = SIDE // 8


def block_shapes(prefix, decoder):
    yield prefix + "ln_1.weight", (C,)
    yield prefix + "ln_1.bias", (C,)
    yield prefix + "attn.c_attn.weight", (C, 3 * C)
    yield prefix + "attn.c_attn.bias", (3 * C,)
    yield prefix + "attn.c_proj.weight", (C, C)
    yield prefix + "attn.c_proj.bias", (C,)
    yield prefix + "ln_2.weight", (C,)
    yield prefix + "ln_2.bias", (C,)
    yield prefix + "mlp.c_fc.weight", (C, HIDDEN)
    yield prefix + "mlp.c_fc.bias", (HIDDEN,)
    yield prefix + "mlp.c_proj.weight", (HIDDEN, C)
    yield prefix + "mlp.c_proj.bias", (C,)
    if decoder:
        yield prefix + "ln_cross_attn.weight", (C,)
        yield prefix + "ln_cross_attn.bias", (C,)
        yield prefix + "crossattention.c_attn.weight", (C, 3 * C)
        yield prefix + "crossattention.c_attn.bias", (3 * C,)
        yield prefix + "crossattention.c_proj.weight", (C, C)
        yield prefix + "crossattention.c_proj.bias", (C,)


def pair(name, *shape):
    yield name + ".weight", shape
    yield name + ".bias", shape[-1:]


def shapes():
    for i in range(3):
        side = 3 if i else 5
        yield from pair(f"convolution.{i}", side, side, CHANNELS[i],
                        CHANNELS[i + 1])
    yield "rows.weight", (N, C)
    yield "columns.weight", (N, C)
    for i in range(ENC):
        yield from block_shapes(f"encoder.{i}.", False)
    for i in range(DEC):
        yield from block_shapes(f"decoder.{i}.", True)
    yield from pair("memory", C)
    yield from pair("answer", C)
    yield "queries.weight", (Q, C)
    yield from pair("kind", C, K + 1)
    yield from pair("box.hidden", C, C)
    yield from pair("box", C, 4)


def formula(k, name, shape):
    i = np.arange(np.prod(shape), dtype=np.float64)
    x = 0.3 * np.sin(1 + 0.7 * k + 1.3 * i)
    norm = "ln_" in name or name.startswith(("memory", "answer"))
    x += norm and name.endswith("weight")
    return torch.tensor(x.astype(np.float32).astype(np.float64)).reshape(shape)


p = {name: formula(k, name, shape)
     for k, (name, shape) in enumerate(shapes())}


def linear(x, name):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def norm(x, name):
    return F.layer_norm(x, (C,), p[name + ".weight"], p[name + ".bias"], 1e-5)


def attention(x, memory, name):
    """Multi-head attention from x (B, T, C) to memory (B, S, C)."""
    w, b = p[name + ".c_attn.weight"].T, p[name + ".c_attn.bias"]
    out, _ = F.multi_head_attention_forward(
        x.transpose(0, 1), memory.transpose(0, 1), memory.transpose(0, 1), C,
        HEADS, None, b, None, None, False, 0.0,
        p[name + ".c_proj.weight"].T, p[name + ".c_proj.bias"],
        need_weights=False, use_separate_proj_weight=True,
        q_proj_weight=w[:C], k_proj_weight=w[C:2 * C],
        v_proj_weight=w[2 * C:])
    return out.transpose(0, 1)


def feed(x, h):
    return linear(F.relu(linear(x, h + "mlp.c_fc")), h + "mlp.c_proj")


def places(x):
    rows = p["rows.weight"].repeat_interleave(N, 0)
    return x + rows + p["columns.weight"].repeat(N, 1)


i = np.arange(B * SIDE * SIDE, dtype=np.float64)
x = (0.5 + 0.5 * np.sin(0.37 * i)).astype(np.float32).astype(np.float64)
x = torch.tensor(x).reshape(B, 1, SIDE, SIDE)
x = F.pixel_unshuffle(x, 2)
for k in range(3):
    w = p[f"convolution.{k}.weight"].permute(3, 2, 0, 1)
    x = F.relu(F.conv2d(x, w, p[f"convolution.{k}.bias"], padding="same"))
    x = F.max_pool2d(x, 2) if k < 2 else x
x = places(x.flatten(2).transpose(1, 2))
for k in range(ENC):
    h = f"encoder.{k}."
    y = norm(x, h + "ln_1")
    x = x + attention(y, y, h + "attn")
    x = x + feed(norm(x, h + "ln_2"), h)
memory = places(norm(x, "memory"))
q = p["queries.weight"].expand(B, Q, C)
out = []
for k in range(DEC):
    h = f"decoder.{k}."
    y = norm(q, h + "ln_1")
    q = q + attention(y, y, h + "attn")
    y = norm(q, h + "ln_cross_attn")
    q = q + attention(y, memory, h + "crossattention")
    q = q + feed(norm(q, h + "ln_2"), h)
    y = norm(q, "answer")
    out.append(linear(y, "kind").flatten())
    y = F.relu(linear(y, "box.hidden"))
    out.append(torch.sigmoid(linear(y, "box")).flatten())
np.save("tests/golden/detr.npy", torch.cat(out).numpy().astype(np.float32))
