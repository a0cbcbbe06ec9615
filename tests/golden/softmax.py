#!/usr/bin/python3
"""Makes the golden arrays of chapter "softmax" with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/softmax.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/softmax.txt.

All is computed in float64 from float32 inputs and rounded to float32 at the
end, so each number is the right one to the last digit that a float has.
"""
import numpy as np
import torch

SEED = 20170612
SHAPE = (3, 5, 7)
TEMPERATURE = 0.7

torch.manual_seed(SEED)
x = (4 * torch.randn(SHAPE)).float()
x[0, 1, 2] = x[0, 1, 5] = x[2, 4, 0] = float("-inf")    # some are masked
x[1, 3] += 1000                                         # and some are large
dout = torch.randn(SHAPE).float()
dlog = torch.where(torch.isinf(x), torch.zeros(SHAPE), torch.randn(SHAPE))

def run(function, gradient):
    scores = x.double().requires_grad_()
    out = function(scores)
    if gradient is not None:
        masked = torch.isinf(scores)
        out.masked_fill(masked, 0).backward(gradient.double())
        return out.detach(), scores.grad.masked_fill(masked, 0)
    return out.detach()

out, dx = run(lambda s: torch.softmax(s, -1), dout)
logs, dxlog = run(lambda s: torch.log_softmax(s, -1), dlog)
warm = run(lambda s: torch.softmax(s / TEMPERATURE, -1), None)
lse = run(lambda s: torch.logsumexp(s, -1), None)

arrays = dict(x=x, dout=dout, dlog=dlog, out=out, dx=dx, log=logs,
              dxlog=dxlog, temperature=warm, lse=lse)
for name, array in arrays.items():
    array = array.to(torch.float32).numpy()
    assert not np.isnan(array).any(), name
    np.save(f"tests/golden/softmax-{name}.npy", array)

with open("tests/golden/softmax.txt", "w") as text:
    text.write(f"softmax-*.npy were made by tests/golden/softmax.py\n"
               f"PyTorch {torch.__version__}, NumPy {np.__version__}\n"
               f"seed {SEED}, scores {SHAPE}, temperature {TEMPERATURE}\n")
