#!/usr/bin/python3
"""Makes the golden arrays of chapter "multihead" with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/multihead.py.  Neither the build nor the tests
need Python.

multihead-numbers.npy holds 2048 normal numbers with a standard deviation of
one half.  The inputs of a layer are its first ones, one input behind the
other; the weights of its results are the last ones.  multihead-NAME.npy
holds the result, then the gradient of the weighted sum of the results in
each input.  All is computed in float64 from float32 inputs and rounded to
float32 at the end.

Also writes the arrays of the example by hand, in data/multihead.
"""
import math
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED, NUMBERS, VERSION = 20180610, 2048, "1.13"
LENGTHS = torch.tensor([3, 4])


def by_hand(x, c, wq, wk, wv, wo, bq, bk, bv, bo, heads, lengths=None):
    """For widths that PyTorch's own layer does not have."""
    def cut(y):
        return y.unflatten(-1, (heads, -1)).transpose(1, 2)
    q, k, v = cut(x @ wq + bq), cut(c @ wk + bk), cut(c @ wv + bv)
    scores = torch.einsum("bhid,bhjd->bhij", q, k) / q.shape[-1] ** 0.5
    if lengths is not None:
        hidden = torch.arange(c.shape[1]) >= lengths.view(-1, 1, 1, 1)
        scores = scores.masked_fill(hidden, -torch.inf)
    heads = torch.einsum("bhij,bhjd->bihd", scores.softmax(-1), v)
    return heads.flatten(2) @ wo + bo


def cross(*inputs):
    return by_hand(*inputs, heads=3, lengths=LENGTHS)


def separate(x, wq, wk, wv, wo):
    return by_hand(x, x, wq, wk, wv, wo, 0, 0, 0, 0, heads=2)


def fused(x, wqkv, bqkv, wo, bo):
    """PyTorch's own layer: causal, with lengths; sequence first."""
    n = x.shape[1]
    y = x.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        y, y, y, x.shape[2], 3, wqkv.t(), bqkv, None, None, False, 0.0,
        wo.t(), bo, key_padding_mask=torch.arange(n) >= LENGTHS.view(-1, 1),
        attn_mask=torch.ones(n, n, dtype=torch.bool).triu(1))
    return out.transpose(0, 1)


LAYERS = {
    "cross": (cross, (2, 4, 7), (2, 5, 6), (7, 24), (6, 24), (6, 27),
              (27, 10), (24,), (24,), (27,), (10,)),
    "fused": (fused, (2, 5, 12), (12, 36), (36,), (12, 10), (10,)),
    "separate": (separate, (3, 5, 7), (7, 8), (7, 8), (7, 12), (12, 9)),
}


def take(numbers, shapes):
    inputs, at = [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        inputs.append(numbers[at:at + count].view(shape).requires_grad_())
        at += count
    return inputs


def golden(numbers, layer, *shapes):
    inputs = take(numbers, shapes)
    out = layer(*inputs)
    weights = numbers[-out.numel():].view(out.shape)
    gradients = torch.autograd.grad((out * weights).sum(), inputs)
    return torch.cat([x.detach().flatten() for x in (out, *gradients)])


def example():
    third = math.log(3)
    arrays = {"x": [[1, 0], [0, 1]], "wq": [[1, 1], [1, 1]],
              "wk": [[third, 0], [0, third]], "wv": [[8, 4], [2, 6]],
              "wo": [[1, 1], [1, -1]]}
    for name, rows in arrays.items():
        np.save("data/multihead/%s.npy" % name,
                np.array(rows, dtype=np.float32))


def main():
    if not torch.__version__.startswith(VERSION):
        sys.exit("made with torch %s, this is %s"
                 % (VERSION, torch.__version__))
    example()
    torch.manual_seed(SEED)
    numbers = (torch.randn(NUMBERS) / 2).float()
    np.save("tests/golden/multihead-numbers.npy", numbers.numpy())
    for name, case in LAYERS.items():
        x = golden(numbers.double(), *case)
        np.save("tests/golden/multihead-%s.npy" % name, x.float().numpy())


main()
