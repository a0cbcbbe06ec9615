#!/usr/bin/python3
"""Makes the golden arrays of chapter "position" with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/position.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/position.txt.

position-numbers.npy holds 2048 normal numbers.  The inputs of an operation
are its first ones, one input behind the other; the weights of its results
are the last ones.  position-NAME.npy holds the result, then the gradient of
the weighted sum of the results in each input.  All is computed in float64
from float32 inputs and rounded to float32 at the end.

The references follow the formulas of the papers as they are written: Shaw et
al. with one key and one value for each pair of words, rotary by complex
numbers, the slopes by the recursion of the ALiBi authors' program.
"""
import math
import sys
import numpy as np
import torch

SEED, NUMBERS = 20171206, 2048
LENGTHS = torch.tensor([4, 6])


def waves(first, length, width):
    angle = torch.arange(first, first + length).double()[:, None] * 10000 ** (
        -2 * (torch.arange(width) // 2).double() / width)
    return torch.where(torch.arange(width) % 2 == 0, angle.sin(), angle.cos())


def turns(first, length, width):
    angle = torch.arange(first, first + length).double()[:, None] * 10000 ** (
        -2 * torch.arange(width // 2).double() / width)
    return torch.stack([angle.cos(), angle.sin()])


def slopes(heads):
    def power(n):
        start = 2 ** (-2 ** -(math.log2(n) - 3))
        return [start * start ** i for i in range(n)]
    if math.log2(heads).is_integer():
        return power(heads)
    less = 2 ** math.floor(math.log2(heads))
    return power(less) + slopes(2 * less)[0::2][:heads - less]


def alibi(heads, n, m):
    far = torch.arange(n)[:, None] + m - n - torch.arange(m)
    return -torch.tensor(slopes(heads)).double()[:, None, None] * far.abs()


def rotary(x, first=4):
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    c, s = turns(first, x.shape[-2], x.shape[-1])
    return torch.view_as_real(pairs * torch.complex(c, s)).flatten(-2)


def attention(q, k, v, bias=None, keys=None, values=None, causal=False,
              lengths=None):
    n, m, d = q.shape[-2], k.shape[-2], q.shape[-1]
    far = torch.arange(m) - (torch.arange(n)[:, None] + m - n)
    k = k.unsqueeze(-3).expand(*k.shape[:-2], n, m, d)
    v = v.unsqueeze(-3).expand(*v.shape[:-2], n, m, v.shape[-1])
    if keys is not None:
        reach = keys.shape[0] // 2
        k = k + keys[far.clamp(-reach, reach) + reach]
    if values is not None:
        reach = values.shape[0] // 2
        v = v + values[far.clamp(-reach, reach) + reach]
    scores = torch.einsum("bhid,bhijd->bhij", q, k) / d ** .5
    if bias is not None:
        scores = scores + bias
    hidden = torch.zeros(scores.shape, dtype=torch.bool)
    if causal:
        hidden |= far > 0
    if lengths is not None:
        hidden |= torch.arange(m) >= lengths.view(-1, 1, 1, 1)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    return torch.einsum("bhij,bhijc->bhic", weights, v)


def beside(x, table):
    rows = table[1:1 + x.shape[1]].expand(x.shape[0], -1, -1)
    return torch.cat([x, rows], -1)


OPERATIONS = {
    "add-rows": (lambda x, t: x + t[2:2 + x.shape[1]], (3, 4, 5), (7, 5)),
    "rows-beside": (beside, (3, 4, 5), (7, 2)),
    "rotary": (rotary, (2, 3, 5, 6)),
    "bias-of-scores": (lambda q, k, v, b: attention(q, k, v, b, causal=True),
                       (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7), (3, 4, 6)),
    "relative": (lambda q, k, v, a, b: attention(q, k, v, None, a, b,
                                                 lengths=LENGTHS),
                 (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 8), (7, 5), (7, 8)),
    "all-at-once": (lambda *in_: attention(*in_, causal=True),
                    (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 8), (3, 4, 6),
                    (7, 5), (7, 8)),
}


def save(name, x):
    np.save("tests/golden/position-%s.npy" % name,
            x.detach().numpy().astype(np.float32))


torch.manual_seed(SEED)
numbers = torch.randn(NUMBERS).float()
save("numbers", numbers)
for name, (function, *shapes) in OPERATIONS.items():
    inputs, at = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        inputs.append(numbers[at:at + size].double().reshape(shape)
                      .requires_grad_())
        at += size
    out = function(*inputs)
    weights = numbers[NUMBERS - out.numel():].double().reshape(out.shape)
    assert at + out.numel() <= NUMBERS
    gradients = torch.autograd.grad((out * weights).sum(), inputs)
    save(name, torch.cat([x.reshape(-1) for x in (out, *gradients)]))
save("waves", waves(99990, 11, 7).reshape(-1))
save("turns", turns(99990, 11, 10).reshape(-1))
save("alibi", alibi(6, 5, 11).reshape(-1))
with open("tests/golden/position.txt", "w") as log:
    print("position-*.npy: made by position.py with torch %s, numpy %s, "
          "python %s, seed %d" % (torch.__version__.split("+")[0],
          np.__version__, sys.version.split()[0], SEED), file=log)
