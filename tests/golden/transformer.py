#!/usr/bin/python3
"""Makes the golden arrays of transformer.h (chapter "transformer") with
PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/transformer.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/transformer.txt.

transformer-ORDER.npy, for the orders pre and post, holds the parameters one
behind the other, in the order of transformer_new; then the logits (B, T, V)
of two pairs, teacher-forced; then the smoothed cross entropy; then its
gradient in the parameters.  All is computed in float64 from float32
parameters and rounded to float32 at the end.  Attention is PyTorch's own
multi_head_attention.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 20170612
V, N, H, C, HIDDEN = 11, 2, 3, 6, 7
# the batch of transformer_check.c
LENGTHS = torch.tensor([4, 3])
SOURCE = torch.tensor([[5, 2, 9, 3], [7, 10, 4, 0]])
BEFORE = torch.tensor([[1, 6, 2, 2, 8], [1, 10, 3, 9, 0]])
WANT = torch.tensor([[6, 2, 2, 8, 0], [10, 3, 9, 0, -1]])
ENCODER = [(C,), (C,), (C, 3 * C), (3 * C,), (C, C), (C,), (C,), (C,),
           (C, HIDDEN), (HIDDEN,), (HIDDEN, C), (C,)]
DECODER = ENCODER + [(C,), (C,), (C, 3 * C), (3 * C,), (C, C), (C,)]
GAINS = (0, 6, 12)


def attention(x, memory, p, causal):
    w, b, wo, bo = p
    t, s = x.shape[1], memory.shape[1]
    mask = torch.ones(t, s, dtype=torch.bool).triu(1) if causal else None
    beyond = None if causal else torch.arange(s) >= LENGTHS.view(-1, 1)
    m = memory.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        x.transpose(0, 1), m, m, C, H, w.t(), b, None, None, False, 0.0,
        wo.t(), bo, key_padding_mask=beyond, attn_mask=mask,
        need_weights=False)
    return out.transpose(0, 1)


def sublayer(x, f, gain, bias, order):
    if order == "pre":
        return x + f(F.layer_norm(x, (C,), gain, bias, 1e-5))
    return F.layer_norm(x + f(x), (C,), gain, bias, 1e-5)


def layer(x, memory, p, order):
    def attend(y):
        return attention(y, y, p[2:6], memory is not None)

    def cross(y):
        return attention(y, memory, p[14:18], False)

    def feed(y):
        return F.relu(y @ p[8] + p[9]) @ p[10] + p[11]

    x = sublayer(x, attend, p[0], p[1], order)
    if memory is not None:
        x = sublayer(x, cross, p[12], p[13], order)
    return sublayer(x, feed, p[6], p[7], order)


def embed(ids, table):
    t = ids.shape[1]
    angle = torch.arange(t, dtype=torch.float64).view(-1, 1) * torch.pow(
        torch.tensor(10000.0, dtype=torch.float64),
        -2 * torch.arange(C // 2, dtype=torch.float64) / C)
    waves = torch.stack([angle.sin(), angle.cos()], -1).view(t, C)
    return table[ids] * C ** 0.5 + waves.float().double()


def transformer(p, order):
    p = list(p)
    table = p.pop(0)

    def stack(x, memory, shapes):
        for _ in range(N):
            x = layer(x, memory, p[:len(shapes)], order)
            del p[:len(shapes)]
        if order == "pre":
            x = F.layer_norm(x, (C,), p.pop(0), p.pop(0), 1e-5)
        return x

    memory = stack(embed(SOURCE, table), None, ENCODER)
    x = stack(embed(BEFORE, table), memory, DECODER)
    return x @ table.t()


def parameters(order):
    random = np.random.default_rng(SEED)
    last = [(C,), (C,)] if order == "pre" else []
    out = [0.4 * random.standard_normal((V, C))]
    for shapes in (ENCODER, DECODER):
        for _ in range(N):
            for i, shape in enumerate(shapes):
                p = random.standard_normal(shape) * 0.1 * (1 + 2 * len(shape))
                out.append(p + (i in GAINS))
        for i, shape in enumerate(last):
            out.append(0.3 * random.standard_normal(shape) + (i == 0))
    return [a.astype(np.float32) for a in out]


def flat(tensors):
    return np.concatenate([t.detach().numpy().reshape(-1) for t in tensors])


def main():
    for order in ("pre", "post"):
        arrays = parameters(order)
        p = [torch.tensor(a.astype(np.float64), requires_grad=True)
             for a in arrays]
        logits = transformer(p, order)
        loss = F.cross_entropy(logits.view(-1, V), WANT.view(-1),
                               ignore_index=-1, label_smoothing=0.1)
        loss.backward()
        np.save(f"tests/golden/transformer-{order}.npy",
                flat(p + [logits, loss] + [i.grad for i in p])
                .astype(np.float32))
    with open("tests/golden/transformer.txt", "w") as notes:
        print(f"transformer-*.npy: made by transformer.py with torch "
              f"{torch.__version__}, numpy {np.__version__}, python "
              f"{sys.version.split()[0]}, seed {SEED}", file=notes)


main()
