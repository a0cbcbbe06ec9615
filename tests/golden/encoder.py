#!/usr/bin/python3
"""Makes the golden arrays of encoder.h (chapter "encoder") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/encoder.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/encoder.txt.

encoder-NAME.npy holds the parameters one behind the other, in the order of
encoder.h, the ids (B, T), the logits of the first rows (B, K), the mean
cross-entropy, and its gradients in the parameters.  All is computed in float64
from float32 parameters and rounded to float32 at the end.  Attention is
PyTorch's own multi_head_attention; the waves are written here, from the
paper's formula.
"""
import math
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 20190215
B, T, V, C, H, L, HIDDEN, K = 3, 5, 11, 8, 4, 2, 6, 7
LENGTHS = torch.tensor([5, 3, 4])
KINDS = torch.tensor([4, 0, 6])
BLOCK = [(C,), (C,), (C, 3 * C), (3 * C,), (C, C), (C,), (C,), (C,),
         (C, HIDDEN), (HIDDEN,), (HIDDEN, C), (C,)]
SHAPES = [(V, C)] + L * BLOCK + [(C,), (C,), (C, K), (K,)]
GAINS = [1 + 12 * i + j for i in range(L) for j in (0, 6)] + [1 + 12 * L]


def waves():
    w = torch.zeros(T, C, dtype=torch.float64)
    for t in range(T):
        for i in range(C // 2):
            angle = t / 10000 ** (2 * i / C)
            w[t, 2 * i], w[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return w


def block(x, p, causal):
    g1, b1, wa, ba, wo, bo, g2, b2, wf, bf, wp, bp = p
    q = F.layer_norm(x, (C,), g1, b1, 1e-5).transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        q, q, q, C, H, wa.t(), ba, None, None, False, 0.0, wo.t(), bo,
        key_padding_mask=torch.arange(T) >= LENGTHS.view(-1, 1),
        attn_mask=torch.ones(T, T, dtype=torch.bool).triu(1) if causal
        else None, need_weights=False)
    x = x + out.transpose(0, 1)
    h = F.layer_norm(x, (C,), g2, b2, 1e-5) @ wf + bf
    return x + F.gelu(h, approximate="tanh") @ wp + bp


def main():
    random = np.random.default_rng(SEED)
    numbers = [(random.standard_normal(shape) * 0.3 + (i in GAINS))
               .astype(np.float32) for i, shape in enumerate(SHAPES)]
    ids = random.integers(0, V, (B, T))
    for name, causal, placed in (("plain", False, True),
                                 ("causal", True, True),
                                 ("unplaced", False, False)):
        p = [torch.tensor(a.astype(np.float64), requires_grad=True)
             for a in numbers]
        x = math.sqrt(C) * F.embedding(torch.tensor(ids), p[0])
        x = x + waves() if placed else x
        for i in range(L):
            x = block(x, p[1 + 12 * i:13 + 12 * i], causal)
        z = F.layer_norm(x, (C,), p[-4], p[-3], 1e-5)
        logits = z[:, 0] @ p[-2] + p[-1]
        loss = F.cross_entropy(logits, KINDS)
        loss.backward()
        parts = numbers + [ids, logits.detach().numpy(),
                           loss.detach().numpy()] + [
            (q.grad if q.grad is not None else torch.zeros_like(q)).numpy()
            for q in p]
        np.save(f"tests/golden/encoder-{name}.npy",
                np.concatenate([np.asarray(a, np.float64).reshape(-1)
                                for a in parts]).astype(np.float32))
    with open("tests/golden/encoder.txt", "w") as file:
        print(f"encoder-*.npy: made by encoder.py with torch "
              f"{torch.__version__}, numpy {np.__version__}, python "
              f"{sys.version.split()[0]}, seed {SEED}", file=file)


main()
