#!/usr/bin/python3
"""A GPT in PyTorch, written for comparison with `gpt`: nanoGPT's architecture,
start, optimizer and schedule. Debian: python3-torch. As it comes, its BLAS may
take the processor for an old one; OPENBLAS_CORETYPE=SkylakeX tells it
otherwise. How long a step of training takes:

    tests/peers/nanogpt.py --layers 6 --heads 6 --embed 384 --context 256 \
        --batch 4 --vocab 65

prints one JSON object with the best and the median time of a step. What it
learns from a text, with the recipe of `gpt train`:

    tests/peers/nanogpt.py --text data/moby-dick/moby-dick.txt --layers 4 \
        --heads 4 --embed 128 --context 64 --batch 12 --steps 2000 --seed 1

prints the mean loss on the last tenth of the text, which it has not seen, on
the windows that `gpt train` takes. Its tokens are the characters of the text.
As in nanoGPT's training, matrices and norms have no biases, and GELU is exact;
--bias 1 has them, as GPT-2 and `gpt` do."""

import argparse
import json
import math
import os
import time

import torch
from torch import nn
from torch.nn import functional as F


class Norm(nn.Module):
    def __init__(self, width, bias):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x):
        return F.layer_norm(x, self.gain.shape, self.gain, self.shift, 1e-5)


class Block(nn.Module):
    def __init__(self, width, heads, context, bias):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = Norm(width, bias), Norm(width, bias)
        self.attn = nn.Linear(width, 3 * width, bias)
        self.proj = nn.Linear(width, width, bias)
        self.fc = nn.Linear(width, 4 * width, bias)
        self.out = nn.Linear(4 * width, width, bias)
        mask = torch.tril(torch.ones(context, context)) == 0
        self.register_buffer("hidden", mask)

    def attend(self, x):
        B, T, C = x.shape
        q, k, v = (y.view(B, T, self.heads, C // self.heads).transpose(1, 2)
                   for y in self.attn(x).split(C, dim=2))
        scores = q @ k.transpose(2, 3) / math.sqrt(C // self.heads)
        weights = scores.masked_fill(self.hidden[:T, :T], -math.inf).softmax(3)
        return self.proj((weights @ v).transpose(1, 2).reshape(B, T, C))

    def forward(self, x):
        x = x + self.attend(self.ln_1(x))
        return x + self.out(F.gelu(self.fc(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.wte = nn.Embedding(o.vocab, o.embed)
        self.wpe = nn.Embedding(o.context, o.embed)
        self.blocks = nn.ModuleList(Block(o.embed, o.heads, o.context, o.bias)
                                    for _ in range(o.layers))
        self.ln_f = Norm(o.embed, o.bias)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                last = name.endswith(("proj.weight", "out.weight"))
                nn.init.normal_(p, std=.02 / math.sqrt(2 * o.layers) if last
                                else .02)
            elif "bias" in name:
                nn.init.zeros_(p)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight[:ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T


def adamw(model, rate):
    p = list(model.parameters())
    groups = [{"params": [x for x in p if x.dim() > 1], "weight_decay": .1},
              {"params": [x for x in p if x.dim() < 2], "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(.9, .99))


def loss_of(model, ids, want):
    logits = model(ids)
    return F.cross_entropy(logits.reshape(-1, logits.shape[2]),
                           want.reshape(-1))


def step(model, adam, ids):
    loss = loss_of(model, ids[:, :-1], ids[:, 1:])
    adam.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    adam.step()


def rate_at(i, o, high=1e-3, low=1e-4, warmup=100):
    if i < warmup:
        return high * i / warmup
    part = (i - warmup) / (o.steps - warmup)
    return low + (high - low) * .5 * (1 + math.cos(math.pi * part))


def windows(text, places, length):
    return torch.stack([text[i:i + length + 1] for i in places])


def train(o):
    with open(o.text, "rb") as file:
        data = file.read()
    held = len(data) - int(.1 * len(data))
    while data[held:held + 1] and data[held] & 0xc0 == 0x80:
        held += 1
    parts = data[:held].decode(), data[held:].decode()
    chars = sorted(set(parts[0] + parts[1]))
    number = {c: i for i, c in enumerate(chars)}
    text, val = (torch.tensor([number[c] for c in part]) for part in parts)
    o.vocab = len(chars)
    model = GPT(o)
    adam = adamw(model, 1e-3)
    for i in range(o.steps):
        for group in adam.param_groups:
            group["lr"] = rate_at(i, o)
        places = torch.randint(len(text) - o.context, (o.batch,))
        step(model, adam, windows(text, places, o.context))
    batches = 1 + 255 // o.batch
    count, last = batches * o.batch, len(val) - o.context - 1
    loss = 0
    with torch.no_grad():
        for b in range(batches):
            ids = windows(val, [last * i // count for i in range(
                b * o.batch, (b + 1) * o.batch)], o.context)
            loss += loss_of(model, ids[:, :-1], ids[:, 1:]).item() / batches
    print(f"{loss:.4f}")


def measure(o):
    model = GPT(o)
    adam = adamw(model, 1e-3)
    seconds = []
    for _ in range(o.steps):
        ids = torch.randint(o.vocab, (o.batch, o.context + 1))
        start = time.perf_counter()
        step(model, adam, ids)
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    parameters = sum(x.numel() for x in model.parameters())
    best = seconds[0]
    print(json.dumps({
        "torch": torch.__version__, "parameters": parameters,
        "blas": os.environ.get("OPENBLAS_CORETYPE", "as it comes"),
        "ms_per_step": round(1e3 * best, 3),
        "median_ms": round(1e3 * seconds[len(seconds) // 2], 3),
        "gflops": round(6e-9 * parameters * o.batch * o.context / best, 2)}))


def main():
    p = argparse.ArgumentParser()
    for name, value in (("layers", 6), ("heads", 6), ("embed", 384),
                        ("context", 256), ("batch", 4), ("vocab", 65),
                        ("steps", 12), ("threads", 2), ("seed", 1),
                        ("bias", None)):
        p.add_argument("--" + name, type=int, default=value)
    p.add_argument("--text")
    o = p.parse_args()
    if o.bias is None:
        o.bias = not o.text
    o.bias = bool(o.bias)
    torch.manual_seed(o.seed)
    torch.set_num_threads(o.threads)
    (train if o.text else measure)(o)


if __name__ == "__main__":
    main()
