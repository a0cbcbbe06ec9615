#!/usr/bin/python3
"""Makes the golden arrays of mask.h (chapter "mask") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/mask.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/mask.txt.

mask-numbers.npy: x (B, n, cx), context (B, m, cz), wq, wk, wv, wo and the
gradient of the output, one behind the other; the matrices have variance
1 / rows.  mask-NAME.npy: for each of six masks the output of a
cross-attention, its weights, then the gradients of x, context, wq, wk, wv and
wo.  All is computed in float64 from float32 inputs and rounded to float32 at
the end.

data/mask holds small arrays for the program.
"""
import sys
import numpy as np
import torch

SEED = 20181111
B, N, M, D, C, CX, CZ, CO = 2, 4, 6, 5, 3, 7, 8, 9
LENGTHS = torch.tensor([5, 2])
SHAPES = [(B, N, CX), (B, M, CZ), (CX, D), (CZ, D), (CZ, C), (C, CO)]


def masks():
    i = torch.arange(N).view(1, N, 1) + M - N
    j = torch.arange(M).view(1, 1, M)
    all_ = torch.ones(B, N, M, dtype=torch.bool)
    causal = (j <= i) & all_
    padding = (j < LENGTHS.view(B, 1, 1)) & all_
    window = ((i - j).abs() < 2) & all_
    p = torch.arange(B * N * M)
    painted = ~((p * p % 7 % 3 == 1) | (p // M == 5)).view(B, N, M)
    return {"open": all_, "causal": causal, "padding": padding,
            "window": window, "both": causal & padding & window,
            "painted": painted}


def cross(x, z, wq, wk, wv, wo, visible):
    scores = (x @ wq) @ (z @ wk).transpose(1, 2) / D ** 0.5
    some = visible.any(-1, keepdim=True)
    # PyTorch's softmax makes NaN of a row of -inf: such a row is open, and
    # its weights are replaced by zeros afterwards.
    scores = scores.masked_fill(~visible & some, -torch.inf)
    weights = torch.where(some, scores.softmax(-1), 0.)
    return weights @ (z @ wv) @ wo, weights


def example():
    """The arrays of data/mask, which the chapter works by hand."""
    def put(name, *rows):
        np.save(f"data/mask/{name}.npy", np.array(rows, np.float32))
    put("scores", *np.log([[1, 2, 5], [3, 1, 4], [2, 3, 5]]))
    put("lengths", 2)
    put("mask", [1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0])
    put("q", [1, 0], [0, 1], [1, 1])
    put("k", [2, 0], [0, 2], [1, 1], [0, -2])
    put("v", [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1])


def main():
    example()
    rng = np.random.default_rng(SEED)
    inputs = [(rng.standard_normal(s) * (s[0] ** -.5 if len(s) == 2 else 1))
              .astype(np.float32) for s in SHAPES]
    dout = rng.standard_normal((B, N, CO)).astype(np.float32)
    flat = np.concatenate([a.ravel() for a in [*inputs, dout]])
    np.save("tests/golden/mask-numbers.npy", flat)
    for name, visible in masks().items():
        ins = [torch.tensor(a, dtype=torch.float64, requires_grad=True)
               for a in inputs]
        out, weights = cross(*ins, visible)
        out.backward(torch.tensor(dout, dtype=torch.float64))
        parts = [out, weights] + [a.grad for a in ins]
        flat = np.concatenate([p.detach().numpy().ravel() for p in parts])
        np.save(f"tests/golden/mask-{name}.npy", flat.astype(np.float32))
    with open("tests/golden/mask.txt", "w") as f:
        f.write(f"mask-*.npy: made by mask.py with torch {torch.__version__}, "
                f"numpy {np.__version__}, python {sys.version.split()[0]}, "
                f"seed {SEED}\n")


main()
