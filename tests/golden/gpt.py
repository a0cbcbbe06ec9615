#!/usr/bin/python3
"""Makes the golden arrays of gpt.h (chapter "gpt") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/gpt.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/gpt-model.txt.

gpt-model.npy holds the parameters one behind the other, in the order of
gpt_new; then the logits (B, T, V) of some ids; then the cross entropy of
others; then its gradient in the parameters.  All is computed in float64 from
float32 parameters and rounded to float32 at the end.

gpt-deep.npy is of a model of twelve layers, as many as GPT-2 small has.  Its
weights come from a formula that gpt_check.c has, too, so that the file holds
nothing but the logits (B, T, V), the cross entropy, and the norm of its
gradient in each parameter.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 20190214
SMALL = dict(V=11, P=7, C=6, H=3, N=2)
DEEP = dict(V=61, P=23, C=48, H=4, N=12)
# the batch of gpt_check.c
IDS = torch.tensor([[5, 2, 9, 3, 10], [7, 10, 4, 0, 0], [1, 1, 8, 6, 2],
                    [3, 0, 10, 9, 5]])
WANT = torch.tensor([[2, 9, 3, 10, 1], [10, 4, 0, 0, 6], [1, 8, 6, 2, 7],
                     [0, 10, 9, 5, 4]])
BLOCK = [("ln_1.weight", 1, 0), ("ln_1.bias", 1, 0),
         ("attn.c_attn.weight", 1, 3), ("attn.c_attn.bias", 3, 0),
         ("attn.c_proj.weight", 1, 1), ("attn.c_proj.bias", 1, 0),
         ("ln_2.weight", 1, 0), ("ln_2.bias", 1, 0),
         ("mlp.c_fc.weight", 1, 4), ("mlp.c_fc.bias", 4, 0),
         ("mlp.c_proj.weight", 4, 1), ("mlp.c_proj.bias", 1, 0)]


def shapes(V, P, C, H, N):
    yield "wte.weight", (V, C)
    yield "wpe.weight", (P, C)
    for i in range(N):
        for name, rows, columns in BLOCK:
            yield f"h.{i}.{name}", ((rows * C, columns * C) if columns
                                    else (rows * C,))
    yield "ln_f.weight", (C,)
    yield "ln_f.bias", (C,)


def norm(x, p, name):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"],
                        p[name + ".bias"], 1e-5)


def affine(x, p, name):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def gelu(x):
    return 0.5 * x * (1 + torch.tanh((2 / np.pi) ** 0.5
                                     * (x + 0.044715 * x ** 3)))


def attention(x, p, name, H):
    B, T, C = x.shape
    q, k, v = (part.view(B, T, H, C // H).transpose(1, 2)
               for part in affine(x, p, name + ".c_attn").split(C, 2))
    scores = q @ k.transpose(2, 3) / (C // H) ** 0.5
    later = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(later, -torch.inf).softmax(3)
    out = (weights @ v).transpose(1, 2).reshape(B, T, C)
    return affine(out, p, name + ".c_proj")


def gpt(ids, p, H, N):
    x = p["wte.weight"][ids] + p["wpe.weight"][:ids.shape[1]]
    for i in range(N):
        h = f"h.{i}."
        x = x + attention(norm(x, p, h + "ln_1"), p, h + "attn", H)
        y = gelu(affine(norm(x, p, h + "ln_2"), p, h + "mlp.c_fc"))
        x = x + affine(y, p, h + "mlp.c_proj")
    return norm(x, p, "ln_f") @ p["wte.weight"].t()


def parameters(sizes, spread):
    random = np.random.default_rng(SEED)
    return {name: (spread * random.standard_normal(shape)
                   + ("ln_" in name and name.endswith("weight")))
            .astype(np.float32) for name, shape in shapes(**sizes)}


def small():
    p = {name: torch.tensor(a.astype(np.float64), requires_grad=True)
         for name, a in parameters(SMALL, 0.4).items()}
    logits = gpt(IDS, p, SMALL["H"], SMALL["N"])
    loss = F.cross_entropy(logits.view(-1, SMALL["V"]), WANT.view(-1))
    loss.backward()
    parts = list(p.values()) + [logits, loss] + [i.grad for i in p.values()]
    np.save("tests/golden/gpt-model.npy", np.concatenate(
        [t.detach().numpy().reshape(-1) for t in parts]).astype(np.float32))


def formula(first, count):
    """Numbers first, first + 1, ... of the weights: gpt_check.c has the same
    formula.  Whole numbers of 32 bits."""
    i = np.arange(first, first + count, dtype=np.uint64) * 2654435761 % 2**32
    return (i ^ i >> np.uint64(15)) * 2246822519 % 2**32


def deep():
    arrays, at = {}, 0
    for name, shape in shapes(**DEEP):
        n = int(np.prod(shape))
        a = ((formula(at, n) >> np.uint64(20)).astype(np.float64) - 2048) / 8192
        arrays[name], at = a.reshape(shape), at + n
        if "ln_" in name and name.endswith("weight"):
            arrays[name] += 1
    p = {name: torch.tensor(a, requires_grad=True)
         for name, a in arrays.items()}
    ids = torch.tensor((formula(at, 40) % DEEP["V"]).astype(np.int64))
    ids = ids.view(2, 20)
    logits = gpt(ids[:, :-1], p, DEEP["H"], DEEP["N"])
    loss = F.cross_entropy(logits.reshape(-1, DEEP["V"]),
                           ids[:, 1:].reshape(-1))
    loss.backward()
    parts = [logits, loss] + [i.grad.norm() for i in p.values()]
    np.save("tests/golden/gpt-deep.npy", np.concatenate(
        [t.detach().numpy().reshape(-1) for t in parts]).astype(np.float32))


def main():
    small()
    deep()
    with open("tests/golden/gpt-model.txt", "w") as notes:
        print(f"gpt-model.npy, gpt-deep.npy: made by gpt.py with torch "
              f"{torch.__version__}, numpy {np.__version__}, python "
              f"{sys.version.split()[0]}, seed {SEED}", file=notes)


main()
