#!/usr/bin/python3
"""Makes the golden arrays of convolution.h (chapter "implicit") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/implicit.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/implicit.txt.

implicit-numbers.npy holds random numbers: the inputs of an operation are its
first ones, one behind the other, and the weights of its results the last.
implicit-NAME.npy holds the results, then the gradients of their weighted sum
in the inputs.  Our pictures are (B, H, W, C) and our kernels (h, w, C, O);
PyTorch's are (B, C, H, W) and (O, C, h, w).  All is computed in float64 from
float32 numbers and rounded at the end.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 19980211
COUNT = 2000


def first(x):
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def convolution(x, w, bias):
    pad = (w.shape[0] // 2, w.shape[1] // 2)
    return last(F.conv2d(first(x), w.permute(3, 2, 0, 1), bias, padding=pad))


def max_pool(x):
    return last(F.max_pool2d(first(x), 2))


def mean_pool(x):
    return last(F.avg_pool2d(first(x), 2))


CASES = [
    ("convolution", convolution, [(2, 4, 6, 7), (3, 5, 7, 8), (8,)]),
    ("max-pool", max_pool, [(2, 6, 8, 5)]),
    ("mean-pool", mean_pool, [(2, 6, 8, 5)]),
]


def main():
    torch.manual_seed(SEED)
    numbers = torch.randn(COUNT)
    np.save("tests/golden/implicit-numbers.npy", numbers.numpy())
    for name, function, shapes in CASES:
        inputs, at = [], 0
        for shape in shapes:
            n = int(np.prod(shape))
            inputs.append(numbers[at:at + n].double().reshape(shape)
                          .requires_grad_())
            at += n
        out = function(*inputs)
        weights = numbers[COUNT - out.numel():].double().reshape(out.shape)
        (out * weights).sum().backward()
        flat = [out.detach()] + [x.grad for x in inputs]
        np.save(f"tests/golden/implicit-{name}.npy",
                torch.cat([t.reshape(-1) for t in flat]).numpy()
                .astype(np.float32))
    with open("tests/golden/implicit.txt", "w") as note:
        print(f"implicit-*.npy: made by implicit.py with torch "
              f"{torch.__version__}, numpy {np.__version__}, python "
              f"{sys.version.split()[0]}, seed {SEED}", file=note)


main()
