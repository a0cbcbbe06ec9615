#!/usr/bin/python3
"""Makes the golden array of bert.h (chapter "bert") with PyTorch.

Run by hand, from the repository's root, and only when the array is to
change: python3 tests/golden/bert.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/bert.txt.

The parameters come from a formula, in the order and the shapes of Hugging
Face's BertForPreTraining and BertForSequenceClassification; see formula.
bert.npy holds, one behind the other, the rows of the encoder (B, T, C), the
logits of four places (4, V), those of the categories (B, K), the sum of both
losses, and its gradient in all parameters.  All is computed in float64 from
float32 parameters and rounded to float32 at the end.  Attention, layer norm
and GELU are PyTorch's own.

python3 tests/golden/bert.py --deep FOLDER writes a model of twelve layers as
Hugging Face's BertModel, deep.safetensors, with ids.npy, types.npy and
lengths.npy, and the rows hidden.npy that PyTorch gives; bert hidden must give
the same to 1e-4.
"""
import json
import struct
import sys
import numpy as np
import torch
import torch.nn.functional as F

TINY = dict(V=13, P=8, S=2, C=12, L=2, F=10, K=5)
HEADS = 3
# the batch of bert/tiny.h
IDS = torch.tensor([[2, 7, 11, 4, 5, 3], [2, 6, 4, 3, 0, 0],
                    [2, 12, 1, 8, 3, 0]])
TYPES = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0],
                      [0, 0, 1, 1, 1, 0]])
LENGTHS = torch.tensor([6, 4, 5])
PLACES = torch.tensor([3, 8, 13, 15])
WANT = torch.tensor([9, 10, 12, 5])
KINDS = torch.tensor([3, 0, 4])


def affine(name, out, n=None):
    yield name + ".weight", (out, n) if n else (out,)
    yield name + ".bias", (out,)


def encoder_shapes(V, P, S, C, L, F, **_):
    e = "bert.embeddings."
    yield e + "word_embeddings.weight", (V, C)
    yield e + "position_embeddings.weight", (P, C)
    yield e + "token_type_embeddings.weight", (S, C)
    yield from affine(e + "LayerNorm", C)
    for i in range(L):
        h = f"bert.encoder.layer.{i}."
        for part in ("query", "key", "value"):
            yield from affine(h + "attention.self." + part, C, C)
        yield from affine(h + "attention.output.dense", C, C)
        yield from affine(h + "attention.output.LayerNorm", C)
        yield from affine(h + "intermediate.dense", F, C)
        yield from affine(h + "output.dense", C, F)
        yield from affine(h + "output.LayerNorm", C)


def shapes(V, C, K, **rest):
    yield from encoder_shapes(V=V, C=C, **rest)
    yield from affine("bert.pooler.dense", C, C)
    yield from affine("cls.predictions.transform.dense", C, C)
    yield from affine("cls.predictions.transform.LayerNorm", C)
    yield "cls.predictions.bias", (V,)
    yield from affine("classifier", K, C)


def formula(k, name, shape):
    i = np.arange(np.prod(shape), dtype=np.float64)
    x = 0.3 * np.sin(1 + 0.7 * k + 1.3 * i)
    x += name.endswith("LayerNorm.weight")
    return x.astype(np.float32).reshape(shape)


def norm(x, p, name):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"],
                        p[name + ".bias"], 1e-12)


def linear(x, p, name):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def attention(x, p, h, heads, lengths):
    s = h + "attention.self."
    parts = ("query", "key", "value")
    w = torch.cat([p[s + part + ".weight"] for part in parts])
    b = torch.cat([p[s + part + ".bias"] for part in parts])
    o = h + "attention.output.dense"
    q = x.transpose(0, 1)
    out, _ = F.multi_head_attention_forward(
        q, q, q, x.shape[2], heads, w, b, None, None, False, 0.0,
        p[o + ".weight"], p[o + ".bias"],
        key_padding_mask=torch.arange(x.shape[1]) >= lengths.view(-1, 1),
        need_weights=False)
    return out.transpose(0, 1)


def encoder(p, ids, types, lengths, heads, L, **_):
    e = "bert.embeddings."
    x = p[e + "word_embeddings.weight"][ids]
    x = x + p[e + "position_embeddings.weight"][:ids.shape[1]]
    x = norm(x + p[e + "token_type_embeddings.weight"][types], p,
             e + "LayerNorm")
    for i in range(L):
        h = f"bert.encoder.layer.{i}."
        x = norm(x + attention(x, p, h, heads, lengths), p,
                 h + "attention.output.LayerNorm")
        y = linear(F.gelu(linear(x, p, h + "intermediate.dense")), p,
                   h + "output.dense")
        x = norm(x + y, p, h + "output.LayerNorm")
    return x


def tiny():
    p = {name: torch.tensor(formula(k, name, shape).astype(np.float64),
                            requires_grad=True)
         for k, (name, shape) in enumerate(shapes(**TINY))}
    z = encoder(p, IDS, TYPES, LENGTHS, HEADS, **TINY)
    y = F.gelu(linear(z.reshape(-1, TINY["C"])[PLACES], p,
                      "cls.predictions.transform.dense"))
    y = norm(y, p, "cls.predictions.transform.LayerNorm")
    fill = F.linear(y, p["bert.embeddings.word_embeddings.weight"],
                    p["cls.predictions.bias"])
    pooled = torch.tanh(linear(z[:, 0], p, "bert.pooler.dense"))
    kinds = linear(pooled, p, "classifier")
    loss = F.cross_entropy(fill, WANT) + F.cross_entropy(kinds, KINDS)
    loss.backward()
    parts = [z, fill, kinds, loss] + [t.grad for t in p.values()]
    np.save("tests/golden/bert.npy", np.concatenate(
        [t.detach().numpy().reshape(-1) for t in parts]).astype(np.float32))
    with open("tests/golden/bert.txt", "w") as notes:
        print(f"bert.npy: made by bert.py with torch {torch.__version__}, "
              f"numpy {np.__version__}, python {sys.version.split()[0]}",
              file=notes)


def deep(folder):
    sizes = dict(V=503, P=96, S=2, C=192, L=12, F=768)
    random = np.random.default_rng(20190524)
    p, header, data = {}, {}, b""
    for name, shape in encoder_shapes(**sizes):
        a = 0.08 * random.standard_normal(shape)
        a = (a + name.endswith("LayerNorm.weight")).astype(np.float32)
        p[name] = torch.tensor(a)
        stored = name.removeprefix("bert.").replace(
            "LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta")
        header[stored] = {"dtype": "F32", "shape": a.shape, "data_offsets":
                          [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder + "/deep.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    ids = random.integers(0, sizes["V"], (2, 96))
    types = (np.arange(96) > 40) * np.ones((2, 1), dtype=np.int64)
    lengths = np.array([96, 71])
    np.save(folder + "/ids.npy", ids.astype(np.uint16))
    np.save(folder + "/types.npy", types.astype(np.uint8))
    np.save(folder + "/lengths.npy", lengths.astype(np.int32))
    z = encoder(p, torch.tensor(ids), torch.tensor(types),
                torch.tensor(lengths), 3, **sizes)
    np.save(folder + "/hidden.npy", z.numpy())


if sys.argv[1:2] == ["--deep"]:
    deep(sys.argv[2])
else:
    tiny()
