#!/usr/bin/python3
"""Makes the golden arrays of selfattention.h with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/selfattention.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/selfattention.txt.

selfattention-numbers.npy holds x (2, 5, 7), wq (7, 3), wk (7, 3), wv (7, 4) and
dout (2, 5, 4), one behind the other.  selfattention-KIND.npy holds out, the
weights (2, 5, 5), and the gradients of sum(dout * out) in x, wq, wk and wv.
data/selfattention has the three words of the text.
All is computed in float64 from float32 inputs and rounded at the end.
"""
import sys
import numpy as np
import torch

SEED = 20170612
B, T, D, DK, DV = 2, 5, 7, 3, 4
SHAPES = [(B, T, D), (D, DK), (D, DK), (D, DV), (B, T, DV)]


def save(name, tensors):
    flat = torch.cat([t.detach().reshape(-1) for t in tensors])
    np.save(f"tests/golden/selfattention-{name}.npy",
            flat.numpy().astype(np.float32))


def layer(x, wq, wk, wv, causal, scale):
    scores = (x @ wq) @ (x @ wk).transpose(1, 2) * scale
    if causal:
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(future, -torch.inf)
    weights = scores.softmax(-1)
    return weights @ (x @ wv), weights


def three_words():
    for name, rows in [("x", [[1, 0], [0, 1], [1, 1]]),
                       ("wq", [[0, 1], [1, 0]]), ("wk", [[1, 0], [0, 1]]),
                       ("wv", [[2, 0], [0, 4]])]:
        np.save(f"data/selfattention/{name}.npy", np.float32(rows))


def main():
    three_words()
    torch.manual_seed(SEED)
    inputs = [(0.8 * torch.randn(s)).double() for s in SHAPES]
    save("numbers", inputs)
    for name, causal, scale in [("plain", False, DK ** -0.5),
                                ("causal", True, DK ** -0.5),
                                ("unscaled", False, 1.0)]:
        leaves = [t.clone().requires_grad_() for t in inputs[:4]]
        out, weights = layer(*leaves, causal, scale)
        (out * inputs[4]).sum().backward()
        save(name, [out, weights] + [t.grad for t in leaves])
    with open("tests/golden/selfattention.txt", "w") as note:
        print(f"selfattention-*.npy: made by selfattention.py with torch "
              f"{torch.__version__}, numpy {np.__version__}, python "
              f"{sys.version.split()[0]}, seed {SEED}", file=note)


main()
