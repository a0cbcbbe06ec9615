#!/usr/bin/python3
"""Makes the golden array of vit.h (chapter "vision") with PyTorch.

Run by hand, from the repository's root, and only when the array is to
change: python3 tests/golden/vision.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/vision.txt.

The parameters come from a formula, in the order and the shapes of Hugging
Face's ViTForImageClassification; see formula.  vision.npy holds, one behind
the other, the logits (B, K), the loss, and its gradient in all parameters.
All is computed in float64 from float32 parameters and rounded to float32 at
the end.  Convolution, attention, layer norm and GELU are PyTorch's own.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

B, S, D, P, C, H, L, FF, K = 3, 6, 2, 2, 12, 3, 2, 10, 5
N = (S // P) ** 2
TARGET = torch.tensor([3, 0, 4])


def affine(name, out, n=None):
    yield name + ".weight", (out, n) if n else (out,)
    yield name + ".bias", (out,)


def shapes():
    e = "vit.embeddings."
    yield e + "cls_token", (1, 1, C)
    yield e + "position_embeddings", (1, N + 1, C)
    yield e + "patch_embeddings.projection.weight", (C, D, P, P)
    yield e + "patch_embeddings.projection.bias", (C,)
    for i in range(L):
        h = f"vit.encoder.layer.{i}."
        for part in ("query", "key", "value"):
            yield from affine(h + "attention.attention." + part, C, C)
        yield from affine(h + "attention.output.dense", C, C)
        yield from affine(h + "layernorm_before", C)
        yield from affine(h + "layernorm_after", C)
        yield from affine(h + "intermediate.dense", FF, C)
        yield from affine(h + "output.dense", C, FF)
    yield from affine("vit.layernorm", C)
    yield from affine("classifier", K, C)


def formula(k, name, shape):
    i = np.arange(np.prod(shape), dtype=np.float64)
    x = 0.3 * np.sin(1 + 0.7 * k + 1.3 * i)
    x = x.astype(np.float32)
    if "layernorm" in name and name.endswith("weight"):
        x = x + np.float32(1)
    return x.reshape(shape)


def norm(x, p, name):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"],
                        p[name + ".bias"], 1e-12)


def linear(x, p, name):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def attention(x, p, h):
    s = h + "attention.attention."
    parts = ("query", "key", "value")
    w = torch.cat([p[s + part + ".weight"] for part in parts])
    b = torch.cat([p[s + part + ".bias"] for part in parts])
    o = h + "attention.output.dense"
    q = x.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        q, q, q, C, H, w, b, None, None, False, 0.0, p[o + ".weight"],
        p[o + ".bias"], need_weights=False)
    return out.transpose(0, 1)


def logits(p, x):
    e = "vit.embeddings."
    z = F.conv2d(x, p[e + "patch_embeddings.projection.weight"],
                 p[e + "patch_embeddings.projection.bias"], stride=P)
    z = z.flatten(2).transpose(1, 2)
    z = torch.cat([p[e + "cls_token"].expand(B, 1, C), z], 1)
    z = z + p[e + "position_embeddings"]
    for i in range(L):
        h = f"vit.encoder.layer.{i}."
        z = z + attention(norm(z, p, h + "layernorm_before"), p, h)
        y = F.gelu(linear(norm(z, p, h + "layernorm_after"), p,
                          h + "intermediate.dense"))
        z = z + linear(y, p, h + "output.dense")
    return linear(norm(z, p, "vit.layernorm")[:, 0], p, "classifier")


p = {name: torch.tensor(formula(k, name, shape).astype(np.float64),
                        requires_grad=True)
     for k, (name, shape) in enumerate(shapes())}
i = np.arange(B * D * S * S, dtype=np.float64)
x = np.float32(3) * (0.3 * np.sin(1 + 0.7 * 99 + 1.3 * i)).astype(np.float32)
z = logits(p, torch.tensor(x.astype(np.float64).reshape(B, D, S, S)))
loss = F.cross_entropy(z, TARGET)
loss.backward()
parts = [z, loss] + [t.grad for t in p.values()]
np.save("tests/golden/vision.npy", np.concatenate(
    [t.detach().numpy().reshape(-1) for t in parts]).astype(np.float32))
with open("tests/golden/vision.txt", "w") as notes:
    print(f"vision.npy: made by vision.py with torch {torch.__version__}, "
          f"numpy {np.__version__}, python {sys.version.split()[0]}",
          file=notes)
