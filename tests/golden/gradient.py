#!/usr/bin/python3
"""Makes the golden arrays of operations.h (chapter "gradient") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/gradient.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/gradient.txt.

gradient-numbers.npy holds 2048 normal numbers.  The inputs of an operation
are its first ones, one input behind the other; the weights of its results
are the last ones.  gradient-NAME.npy holds the result, then the gradient of
the weighted sum of the results in each input.  All is computed in float64
from float32 inputs and rounded to float32 at the end.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED, NUMBERS = 20180404, 2048
TARGETS = torch.tensor([2, -1, 0, 4, 2, -1, 3])
LENGTHS = torch.tensor([3, 5])
WORDS = torch.tensor([[4, 0, 4], [1, 2, 4]])


def attention(q, k, v, causal=False, lengths=None):
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    n, m = scores.shape[-2:]
    hidden = torch.zeros(scores.shape, dtype=torch.bool)
    if causal:
        hidden |= torch.ones(n, m, dtype=torch.bool).triu(m - n + 1)
    if lengths is not None:
        hidden |= torch.arange(m) >= lengths.view([-1] + [1] * (q.dim() - 1))
    return scores.masked_fill(hidden, -torch.inf).softmax(-1) @ v


def additive(q, k, v, wq, wk, va):
    hidden = torch.tanh((q @ wq).unsqueeze(2) + (k @ wk).unsqueeze(1))
    beyond = torch.arange(k.shape[1]) >= LENGTHS.view(-1, 1, 1)
    return (hidden @ va).masked_fill(beyond, -torch.inf).softmax(-1) @ v


def twice(x):
    y = torch.tanh(x)
    return y * (y + x)


def entropy(smoothing):
    return lambda x: F.cross_entropy(x, TARGETS, ignore_index=-1,
                                     label_smoothing=smoothing)


OPERATIONS = {
    "product": (torch.matmul, (3, 5), (5, 4)),
    "product-a": (lambda a, b: a.t() @ b, (5, 3), (5, 4)),
    "product-b": (lambda a, b: a @ b.t(), (3, 5), (4, 5)),
    "product-a-b": (lambda a, b: a.t() @ b.t(), (5, 3), (4, 5)),
    "product-batch": (torch.bmm, (2, 3, 5), (2, 5, 4)),
    "bias": (torch.add, (2, 3, 5), (5,)),
    "add": (torch.add, (3, 7), (3, 7)),
    "multiply": (torch.mul, (2, 5), (2, 5)),
    "scale": (lambda x: -1.75 * x, (4, 3)),
    "used-twice": (twice, (2, 3)),
    "sum": (torch.sum, (3, 5)),
    "mean": (torch.mean, (3, 5)),
    "tanh": (torch.tanh, (3, 7)),
    "sigmoid": (torch.sigmoid, (3, 7)),
    "ReLU": (torch.relu, (3, 7)),
    "GELU-tanh-form": (lambda x: F.gelu(x, approximate="tanh"), (3, 25)),
    "GELU-exact": (F.gelu, (3, 7)),
    "softmax": (lambda x: x.softmax(-1), (2, 3, 7)),
    "log-softmax": (lambda x: x.log_softmax(-1), (3, 7)),
    "cross-entropy": (entropy(0), (7, 5)),
    "smoothed": (entropy(.25), (7, 5)),
    "attention": (attention, (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)),
    "attention-causal": (lambda q, k, v: attention(q, k, v, True),
                         (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)),
    "attention-lengths": (lambda q, k, v: attention(q, k, v, True, LENGTHS),
                          (2, 4, 3), (2, 6, 3), (2, 6, 5)),
    "attention-tiles": (lambda q, k, v: attention(q, k, v, True, LENGTHS),
                        (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)),
    "additive-attention": (additive, (2, 3, 4), (2, 6, 5), (2, 6, 8), (4, 7),
                           (5, 7), (7,)),
    "embedding": (lambda table: F.embedding(WORDS, table), (5, 7)),
    "layer-norm": (lambda x, gain, bias: F.layer_norm(x, (7,), gain, bias),
                   (2, 3, 7), (7,), (7,)),
    "reshape-softmax": (lambda x: x.reshape(5, 6).softmax(-1), (2, 3, 5)),
    "swap": (lambda x: x.transpose(1, 2), (2, 3, 4, 5)),
}


def save(name, x):
    np.save("tests/golden/gradient-%s.npy" % name,
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
with open("tests/golden/gradient.txt", "w") as log:
    print("gradient-*.npy: made by gradient.py with torch %s, numpy %s, "
          "python %s, seed %d" % (torch.__version__.split("+")[0],
          np.__version__, sys.version.split()[0], SEED), file=log)
