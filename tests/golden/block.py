#!/usr/bin/python3
"""Makes the golden arrays of block.h (chapter "block") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/block.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/block.txt.

block-numbers.npy holds the input (B, T, C), the twelve parameters one behind
the other, in the order of block.h, and the weights of the results (B, T, C).
block-NAME.npy holds the result, then the gradient of the weighted sum of the
results in the input, then those in the parameters.  All is computed in float64 from float32 inputs and rounded
to float32 at the end.  Attention is PyTorch's own multi_head_attention.

It also writes the small block of data/block, from random numbers, with NumPy
alone.
"""
import json
import struct
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 20190214
B, T, C, H, HIDDEN = 2, 5, 12, 3, 7
LENGTHS = torch.tensor([5, 3])
SHAPES = [(C,), (C,), (C, 3 * C), (3 * C,), (C, C), (C,), (C,), (C,),
          (C, HIDDEN), (HIDDEN,), (HIDDEN, C), (C,)]


def attention(x, w, b, wo, bo, causal, lengths):
    mask = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    beyond = torch.arange(T) >= LENGTHS.view(-1, 1) if lengths else None
    q = x.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        q, q, q, C, H, w.t(), b, None, None, False, 0.0, wo.t(), bo,
        key_padding_mask=beyond, attn_mask=mask, need_weights=False)
    return out.transpose(0, 1)


def norm(kind, x, gain, bias, eps=1e-5):
    if kind == "layer":
        return F.layer_norm(x, (C,), gain, bias, eps)
    if kind == "rms":
        return gain * x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()
    return x


def block(x, p, order, kind="layer", bend="gelu", causal=False,
          lengths=False, eps=1e-5):
    g1, b1, wa, ba, wo, bo, g2, b2, wf, bf, wp, bp = p

    def attend(x):
        return attention(x, wa, ba, wo, bo, causal, lengths)

    def feed(x):
        h = x @ wf + bf
        h = (F.relu(h) if bend == "relu" else F.gelu(h) if bend == "exact"
             else F.gelu(h, approximate="tanh"))
        return h @ wp + bp

    if order == "pre":
        x = x + attend(norm(kind, x, g1, b1))
        return x + feed(norm(kind, x, g2, b2))
    x = norm(kind, x + attend(x), g1, b1, eps)
    return norm(kind, x + feed(x), g2, b2, eps)


VARIANTS = {
    "pre": {"order": "pre"},
    "post": {"order": "post"},
    "pre-causal": {"order": "pre", "causal": True},
    "post-causal": {"order": "post", "causal": True},
    "pre-lengths": {"order": "pre", "lengths": True},
    "pre-rms": {"order": "pre", "kind": "rms"},
    "post-relu": {"order": "post", "bend": "relu"},
    "post-exact": {"order": "post", "bend": "exact", "eps": 1e-12},
    "pre-none": {"order": "pre", "kind": "none"},
}


def save(name, array):
    np.save(f"tests/golden/block-{name}.npy", array.astype(np.float32))


def flat(tensors):
    return np.concatenate([t.detach().numpy().reshape(-1) for t in tensors])


# A decoder's block: cross-attention has one matrix (C, 3 C) as well.
S, MEMORY_LENGTHS = 4, torch.tensor([4, 3])
CROSS_SHAPES = [(C,), (C,), (C, 3 * C), (3 * C,), (C, C), (C,)]


def cross_attention(x, memory, w, b, wo, bo):
    beyond = torch.arange(S) >= MEMORY_LENGTHS.view(-1, 1)
    m = memory.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        x.transpose(0, 1), m, m, C, H, w.t(), b, None, None, False, 0.0,
        wo.t(), bo, key_padding_mask=beyond, need_weights=False)
    return out.transpose(0, 1)


def decoder(x, memory, p, order):
    g1, b1, wa, ba, wo, bo, g2, b2, wf, bf, wp, bp = p[:12]
    gc, bc, wc, bias, wco, bco = p[12:]
    sublayers = [
        (lambda y: attention(y, wa, ba, wo, bo, True, False), g1, b1),
        (lambda y: cross_attention(y, memory, wc, bias, wco, bco), gc, bc),
        (lambda y: F.gelu(y @ wf + bf, approximate="tanh") @ wp + bp, g2, b2)]
    for f, gain, bias1 in sublayers:
        if order == "pre":
            x = x + f(norm("layer", x, gain, bias1))
        else:
            x = norm("layer", x + f(x), gain, bias1)
    return x


def decoders(x, g):
    random = np.random.default_rng(SEED + 2)
    inputs = [x, random.standard_normal((B, S, C)).astype(np.float32)]
    for i, shape in enumerate(SHAPES + CROSS_SHAPES):
        p = random.standard_normal(shape) * (0.3 if len(shape) == 2 else 0.2)
        inputs.append((p + (i in (0, 6, 12))).astype(np.float32))
    save("decoder-inputs", np.concatenate([a.reshape(-1) for a in inputs]))
    for order in ("pre", "post"):
        at = [torch.tensor(a.astype(np.float64), requires_grad=True)
              for a in inputs]
        out = decoder(at[0], at[1], at[2:], order)
        (out * torch.tensor(g.astype(np.float64))).sum().backward()
        save(f"decoder-{order}", flat([out] + [i.grad for i in at]))


NAMES = ["ln_1.weight", "ln_1.bias", "attn.c_attn.weight",
         "attn.c_attn.bias", "attn.c_proj.weight", "attn.c_proj.bias",
         "ln_2.weight", "ln_2.bias", "mlp.c_fc.weight", "mlp.c_fc.bias",
         "mlp.c_proj.weight", "mlp.c_proj.bias"]


def small_block(c=6, heads=3, hidden=8, tokens=4):
    random = np.random.default_rng(SEED + 1)
    shapes = [(c,), (c,), (c, 3 * c), (3 * c,), (c, c), (c,), (c,), (c,),
              (c, hidden), (hidden,), (hidden, c), (c,)]
    header = {"__metadata__": {"format": "pt", "n_head": str(heads)}}
    data = b""
    for i, (name, shape) in enumerate(zip(NAMES, shapes)):
        p = random.standard_normal(shape) / shape[0] ** 0.5 * (len(shape) - 1)
        bytes_ = (p + (i in (0, 6))).astype(np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open("data/block/block.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    np.save("data/block/x.npy",
            random.standard_normal((tokens, c)).astype(np.float32))


def main():
    small_block()
    random = np.random.default_rng(SEED)
    x = random.standard_normal((B, T, C)).astype(np.float32)
    g = random.standard_normal((B, T, C)).astype(np.float32)
    parameters = []
    for i, shape in enumerate(SHAPES):
        p = random.standard_normal(shape) * (0.3 if len(shape) == 2 else 0.2)
        parameters.append((p + (i in (0, 6))).astype(np.float32))
    save("numbers", np.concatenate([a.reshape(-1)
                                    for a in [x] + parameters + [g]]))
    for name, how in VARIANTS.items():
        inputs = [torch.tensor(a.astype(np.float64), requires_grad=True)
                  for a in [x] + parameters]
        out = block(inputs[0], inputs[1:], **how)
        (out * torch.tensor(g.astype(np.float64))).sum().backward()
        grads = [i.grad if i.grad is not None else torch.zeros_like(i)
                 for i in inputs]
        save(name, flat([out] + grads))
    decoders(x, g)
    with open("tests/golden/block.txt", "w") as notes:
        print(f"block-*.npy: made by block.py with torch "
              f"{torch.__version__}, numpy {np.__version__}, python "
              f"{sys.version.split()[0]}, seed {SEED}", file=notes)


main()
