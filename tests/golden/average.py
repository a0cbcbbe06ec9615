#!/usr/bin/env python3
"""Golden arrays for the chapter "average" (chapters/02-average.nw).

Made once with PyTorch 1.13.0 (Debian 12's python3-torch), seed 2, in double
precision, stored as float32.  Run from the repository's root:

    /usr/bin/python3 tests/golden/average.py

Sizes: n = 5 queries, m = 7 keys, d = 3, c = 2; bandwidth 1.7.
The script also writes the three arrays of the example by hand, data/average/.
"""
import math
import numpy
import torch

torch.manual_seed(2)
N, M, D, C, H = 5, 7, 3, 2, 1.7


def save(path, x):
    numpy.save(path, x.detach().numpy().astype(numpy.float32))


def golden(name, x):
    save("tests/golden/average-%s.npy" % name, x)


def normal(*shape):
    # rounded to float32 first, so that the C code starts from the same numbers
    return torch.randn(*shape, dtype=torch.float32).double()


q, k, v, dout = normal(N, D), normal(M, D), normal(M, C), normal(N, C)
q[4] = torch.tensor([9.0, -9.0, 9.0])     # one query is far from every key
for name, x in (("q", q), ("k", k), ("v", v), ("dout", dout)):
    golden(name, x)


def weights(kernel, q, k):
    distance = torch.cdist(q.unsqueeze(0), k.unsqueeze(0),
                           compute_mode="donot_use_mm_for_euclid_dist")[0]
    if kernel == "gauss":
        return torch.softmax(-(distance / H) ** 2 / 2, dim=1)
    if kernel == "dot":
        return torch.softmax(torch.einsum("id,jd->ij", q, k) / H, dim=1)
    if kernel == "boxcar":
        similarity = (distance <= H).double()
    else:
        similarity = torch.clamp(1 - (distance / H) ** 2, min=0)
    total = similarity.sum(dim=1, keepdim=True)
    return torch.where(total > 0, similarity / total.clamp(min=1e-300),
                       torch.zeros_like(similarity))


for kernel in ("gauss", "boxcar", "epanechnikov", "dot"):
    for x in (q, k, v):
        x.grad = None
        x.requires_grad_(True)
    a = weights(kernel, q, k)
    out = a @ v
    golden(kernel + "-weights", a)
    golden(kernel + "-out", out)
    if kernel in ("gauss", "dot"):
        (out * dout).sum().backward()
        for name, x in (("dq", q), ("dk", k), ("dv", v)):
            golden("%s-%s" % (kernel, name), x.grad)

ln2, ln3 = math.log(2), math.log(3)
for name, rows in (("q", [[ln2, ln3], [ln2, 0], [0, 0]]),
                   ("k", [[1, 0], [0, 1], [1, 1]]),
                   ("v", [[11, 0], [0, 11], [11, 22]])):
    save("data/average/%s.npy" % name, torch.tensor(rows, dtype=torch.float64))
print("torch", torch.__version__)
