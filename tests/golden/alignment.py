#!/usr/bin/python3
"""Makes the golden arrays of alignment_cases.h and of aligner.h (chapter
"alignment") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/alignment.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/alignment.txt.

alignment-numbers.npy holds standard normal numbers; the arrays of a case
are taken from it, each from the beginning of what is left, in the order of
the case's inputs, then one weight for each result.  alignment-CASE.npy
holds the result, then its weights, then the gradients of the sum of weight
times result.

alignment-model-KIND.npy holds the parameters one behind the other, in the
order of aligner_new; then the logits (B, T, V) of two pairs, teacher-forced;
then the smoothed cross entropy; then its gradient in the parameters.  The
LSTMs are PyTorch's own, and run one example at a time.

All is computed in float64 from float32 numbers, and rounded to float32 at
the end.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 20140901
B, S, A, C = 2, 6, 5, 7
LENGTHS = [3, 5]
# the model, and the batch of alignment_check.c
V, N, E, W = 11, 2, 5, 6
PAIRS = [([5, 2, 9, 3], [6, 2, 2, 8]), ([7, 10, 4], [10, 3, 9])]
T = 5


def score(kind, q, k, va):
    """q (A), k (S, A) -> (S)"""
    if kind == "dot":
        return k @ q
    h = k + q
    return (h if kind == "linear" else torch.tanh(h)) @ va


def look(kind, lengths, q, k, v, va=None):
    out, weights = [], []
    for b in range(len(q)):
        n = lengths[b] if lengths else k.shape[1]
        w = torch.softmax(score(kind, q[b], k[b, :n], va), 0)
        out.append(w @ v[b, :n])
        weights.append(F.pad(w, (0, k.shape[1] - n)))
    return torch.stack(out), torch.stack(weights)


ALIGNED = [(B, A), (B, S, A), (B, S, C)]
CASES = {
    "additive": (ALIGNED + [(A,)], lambda *x: look("additive", None, *x)),
    "additive-padded": (ALIGNED + [(A,)],
                        lambda *x: look("additive", LENGTHS, *x)),
    "dot": (ALIGNED, lambda *x: look("dot", LENGTHS, *x)),
    "linear": (ALIGNED + [(A,)], lambda *x: look("linear", LENGTHS, *x)),
    "join": ([(3, 4, 5), (3, 4, 2)], lambda x, y: (torch.cat([x, y], 2),)),
    "stack": ([(2, 5)] * 3, lambda *x: (torch.stack(x),)),
}


def flat(tensors):
    return np.concatenate([np.asarray(x.detach()).reshape(-1)
                           for x in tensors])


def save(name, tensors):
    np.save(f"tests/golden/alignment-{name}.npy",
            flat(tensors).astype(np.float32))


def cases(numbers):
    for name, (shapes, run) in CASES.items():
        at, p = 0, []
        for shape in shapes:
            n = int(np.prod(shape))
            p.append(torch.tensor(numbers[at:at + n].astype(np.float64)
                                  .reshape(shape), requires_grad=True))
            at += n
        y = run(*p)
        g = torch.tensor(numbers[-y[0].numel():].astype(np.float64))
        (y[0] * g.reshape(y[0].shape)).sum().backward()
        grads = [x.grad if x.grad is not None else torch.zeros_like(x)
                 for x in p]
        save(name, [*y, *grads])


def shapes(kind):
    lstm = lambda n, c: [(4 * c, n), (4 * c, c), (4 * c,)]
    out = [(V, E)]
    for i in range(N):
        out += 2 * lstm(W if i else E, W // 2)
    for i in range(N):
        out += lstm(W if i else E + W, W)
    if kind in ("additive", "linear"):
        out += [(W, W // 2), (W, W // 2), (W // 2,)]
    if kind == "general":
        out += [(W, W)]
    if kind == "concat":
        out += [(2 * W, W // 2), (W // 2,)]
    return out + [(2 * W, W), (V, W), (V,)]


def lstm(p, x, state=None):
    """PyTorch's LSTM over x (T, I), with weights p of one way or of both; the
    second bias is 0."""
    ways, c = len(p) // 3, p[1].shape[1]
    flat = []
    for i in range(0, len(p), 3):
        flat += [*p[i:i + 3], torch.zeros_like(p[i + 2])]
    zeros = torch.zeros(ways, 1, c, dtype=torch.float64)
    y, *last = torch._VF.lstm(x[:, None], state or (zeros, zeros), flat, True,
                              1, 0.0, False, ways == 2, False)
    return y[:, 0], tuple(last)


def model(kind, p, source, before):
    p = list(p)
    take = lambda n: [p.pop(0) for _ in range(n)]
    table, = take(1)
    x = table[source]
    for _ in range(N):
        x, _ = lstm(take(6), x)
    memory = x
    writers = [take(3) for _ in range(N)]
    if kind in ("additive", "linear"):
        wq, wk, va = take(3)
        see = lambda h: torch.stack(
            [va @ (lambda z: z if kind == "linear" else torch.tanh(z))(
                h @ wq + m @ wk) for m in memory])
    elif kind == "concat":
        w, va = take(2)
        see = lambda h: torch.stack(
            [va @ torch.tanh(torch.cat([h, m]) @ w) for m in memory])
    elif kind == "general":
        w, = take(1)
        see = lambda h: torch.stack([m @ w @ h for m in memory])
    else:
        see = lambda h: memory @ h
    mix, out, bias = take(3)
    states = [None] * N
    context = torch.zeros(W, dtype=torch.float64)
    logits = []
    for unit in before:
        x = torch.cat([table[unit], context])[None]
        for i in range(N):
            x, states[i] = lstm(writers[i], x, states[i])
        context = torch.softmax(see(x[0]), 0) @ memory
        o = torch.tanh(torch.cat([x[0], context]) @ mix)
        logits.append(out @ o + bias)
    return torch.stack(logits)


def models():
    for kind in ("additive", "dot", "general", "concat", "linear"):
        rng = np.random.default_rng(SEED)
        p = [torch.tensor((0.6 * rng.standard_normal(s)).astype(np.float32)
                          .astype(np.float64), requires_grad=True)
             for s in shapes(kind)]
        logits, total, count = [], 0, 0
        for source, target in PAIRS:
            want = target + [0]
            x = model(kind, p, source, [1] + target)
            total = total + F.cross_entropy(
                x, torch.tensor(want), reduction="sum", label_smoothing=0.1)
            count += len(want)
            # what is behind the end: the decoder reads ends
            more = model(kind, p, source, [1] + target + [0] * 5)[:T]
            logits.append(more)
        loss = total / count
        loss.backward()
        grads = [x.grad if x.grad is not None else torch.zeros_like(x)
                 for x in p]
        save(f"model-{kind}", [*p, *logits, loss, *grads])


numbers = np.random.default_rng(SEED).standard_normal(400) \
    .astype(np.float32)
np.save("tests/golden/alignment-numbers.npy", numbers)
cases(numbers)
models()
with open("tests/golden/alignment.txt", "w") as file:
    print(f"alignment-*.npy: made by alignment.py with torch "
          f"{torch.__version__}, numpy {np.__version__}, python "
          f"{sys.version.split()[0]}, seed {SEED}", file=file)
