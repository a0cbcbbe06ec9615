"""Golden arrays for chapter 3, made once by PyTorch.

    /usr/bin/python3 tests/golden/score.py     (from the repository's root)

All parameters lie in one array, in the order of the enum in the chapter:
q (3, 6) for dot and scaled, of which the first 3 * 4 numbers are q (3, 4) for
the other kinds; k (5, 6); w (10, 7) for concat, of which the first 4 * 6 are
w (4, 6) for general; wq (4, 7); wk (6, 7); va (7).
Also writes the small example arrays in data/score.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED, VERSION = 3, "1.13"
N, M, DQ, DK, A, C = 3, 5, 4, 6, 7, 2


def save(name, x):
    np.save(name, np.ascontiguousarray(np.asarray(x, dtype=np.float32)))


def views(p):
    sizes = [N * DK, M * DK, (DQ + DK) * A, DQ * A, DK * A, A]
    q, k, w, wq, wk, va = torch.split(p, sizes)
    return dict(qd=q.view(N, DK), q=q[:N * DQ].view(N, DQ), k=k.view(M, DK),
                wc=w.view(DQ + DK, A), w=w[:DQ * DK].view(DQ, DK),
                wq=wq.view(DQ, A), wk=wk.view(DK, A), va=va)


def scores(kind, p):
    x = views(p)
    left = x["q"].unsqueeze(1).expand(N, M, DQ)
    right = x["k"].unsqueeze(0).expand(N, M, DK)
    if kind == "dot":
        return torch.einsum("id,jd->ij", x["qd"], x["k"])
    if kind == "scaled":
        return torch.einsum("id,jd->ij", x["qd"], x["k"]) / DK ** 0.5
    if kind == "general":
        return F.bilinear(left.contiguous(), right.contiguous(),
                          x["w"].unsqueeze(0)).squeeze(-1)
    if kind == "additive":
        hidden = F.linear(left, x["wq"].t()) + F.linear(right, x["wk"].t())
        return torch.tanh(hidden) @ x["va"]
    joined = torch.cat([left, right], dim=-1)
    return torch.tanh(F.linear(joined, x["wc"].t())) @ x["va"]


def golden():
    if not torch.__version__.startswith(VERSION):
        sys.exit("made with torch %s, this is %s" % (VERSION, torch.__version__))
    torch.manual_seed(SEED)
    torch.set_default_dtype(torch.float64)
    count = N * DK + M * DK + (DQ + DK) * A + DQ * A + DK * A + A
    p = torch.randn(count).float().double().requires_grad_()
    g = torch.randn(N, M).float().double()
    v = torch.randn(M, C).float().double()
    save("tests/golden/score-parameters.npy", p.detach())
    save("tests/golden/score-g.npy", g)
    save("tests/golden/score-v.npy", v)
    for kind in ["additive", "dot", "general", "concat", "scaled"]:
        s = scores(kind, p)
        (d,) = torch.autograd.grad((s * g).sum(), p)
        save("tests/golden/score-%s-scores.npy" % kind, s.detach())
        save("tests/golden/score-%s-gradient.npy" % kind, d)
    weights = torch.softmax(scores("scaled", p), dim=-1).detach()
    save("tests/golden/score-attention-weights.npy", weights)
    save("tests/golden/score-attention-out.npy", weights @ v)


def example():
    save("data/score/q.npy", [[.1, .2, .3], [-3, 1, 2]])
    save("data/score/k.npy", [[.4, .5, .6], [2, -1, 0], [-1, 0, 2]])
    save("data/score/v.npy", [[10, 0], [0, 10], [5, 5]])
    save("data/score/wq.npy", [[.1, .2], [.3, .4], [.5, .6]])
    save("data/score/wk.npy", [[.2, .3], [.4, .5], [.6, .7]])
    save("data/score/va.npy", [.1, .2])
    save("data/score/w.npy", [[0, 0, 1], [0, 1, 0], [1, 0, 0]])


golden()
example()
