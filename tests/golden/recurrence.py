#!/usr/bin/python3
"""Makes the golden arrays of recurrence_cases.h (chapter "recurrence") with
PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/recurrence.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/recurrence.txt.

recurrence-numbers.npy holds standard normal numbers; the arrays of a case
are taken from it, each from the beginning of what is left, in the order of
the case's inputs, then one weight for each result.  recurrence-CASE.npy
holds the result, then the gradients of the sum of weight times result.
All is computed in float64 from float32 numbers, by PyTorch's own RNN and
LSTM, and rounded to float32 at the end.
"""
import sys
import numpy as np
import torch

SEED = 19901113
T, B, I, C = 4, 2, 3, 5
LENGTHS = [4, 2]


def save(name, *tensors):
    parts = [np.asarray(x.detach()).reshape(-1) for x in tensors]
    np.save(f"tests/golden/recurrence-{name}.npy",
            np.concatenate(parts).astype(np.float32))


def network(lstm, w, u, b):
    """PyTorch's own, with these weights; the second bias is zero."""
    net = (torch.nn.LSTM if lstm else torch.nn.RNN)(I, C).double()
    with torch.no_grad():
        for to, x in zip(net.parameters(), [w, u, b, torch.zeros_like(b)]):
            to.copy_(x)
    return net


def run(net, x, h, c):
    """Over x (T, B, I), step by step, to see the cells: both (T, B, C)."""
    lstm = isinstance(net, torch.nn.LSTM)
    states, cells = [], []
    for t in range(len(x)):
        out, last = net(x[t:t + 1], (h[None], c[None]) if lstm else h[None])
        h, c = (last[0][0], last[1][0]) if lstm else (last[0], c)
        states.append(out[0]), cells.append(c)
    return torch.stack(states), torch.stack(cells)


def case(net, lengths, back, x, h, c):
    parts = []
    for i in range(B):
        n = lengths[i] if lengths else T
        own = x[:n, i:i + 1]
        own = own.flip(0) if back else own
        both = run(net, own, h[i:i + 1], c[i:i + 1])
        first = (h[None, i:i + 1], c[None, i:i + 1])
        for k in range(2):
            y = both[k].flip(0) if back else both[k]
            # behind the end: the last state, or the first if read from there
            rest = (first[k] if back else y[-1:]).expand(T - n, -1, -1)
            parts.append(torch.cat([y, rest]))
    return torch.cat(parts[0::2], 1), torch.cat(parts[1::2], 1)


CASES = {
    "rnn": (False, None, False, 0),
    "rnn-back": (False, LENGTHS, True, 0),
    "lstm": (True, None, False, 0),
    "lstm-cells": (True, None, False, 1),
    "lstm-short": (True, LENGTHS, False, 0),
    "lstm-back": (True, LENGTHS, True, 1),
}

rng = np.random.default_rng(SEED)
numbers = (rng.standard_normal(400) * 0.7).astype(np.float32)
np.save("tests/golden/recurrence-numbers.npy", numbers)
for name, (lstm, lengths, back, which) in CASES.items():
    G = (4 if lstm else 1) * C
    shapes = [(T, B, I), (G, I), (G, C), (G,), (B, C)] + [(B, C)] * lstm
    at, p = 0, []
    for shape in shapes:
        n = int(np.prod(shape))
        p.append(torch.tensor(numbers[at:at + n].astype(np.float64)
                              .reshape(shape), requires_grad=True))
        at += n
    net = network(lstm, *p[1:4])
    c = p[5] if lstm else torch.zeros_like(p[4])
    y = case(net, lengths, back, p[0], p[4], c)[which]
    g = torch.tensor(numbers[-y.numel():].astype(np.float64)).reshape(y.shape)
    (y * g).sum().backward()
    weights = [q.grad for q in list(net.parameters())[:3]]
    save(name, y, p[0].grad, *weights, *[q.grad for q in p[4:]])
with open("tests/golden/recurrence.txt", "w") as file:
    file.write(f"recurrence-*.npy: made by recurrence.py with torch "
               f"{torch.__version__}, numpy {np.__version__}, python "
               f"{sys.version.split()[0]}, seed {SEED}\n")
