#!/usr/bin/python3
"""How long a step of training takes in PyTorch, for a GPT of the sizes of
`gpt bench`: a plain model written for this comparison, with nanoGPT's sizes,
optimizer and clipping. Debian: python3-torch. As it comes, its BLAS may take
the processor for an old one; OPENBLAS_CORETYPE=SkylakeX tells it otherwise.

    tests/peers/nanogpt.py --layers 6 --heads 6 --embed 384 --context 256 \
        --batch 4 --vocab 65

It prints one JSON object: the best and the median time of a step."""

import argparse
import json
import math
import os
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.fc, self.out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
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
        self.blocks = nn.ModuleList(Block(o.embed, o.heads, o.context)
                                    for _ in range(o.layers))
        self.ln_f = nn.LayerNorm(o.embed)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight[:ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T


def main():
    p = argparse.ArgumentParser()
    for name, value in (("layers", 6), ("heads", 6), ("embed", 384),
                        ("context", 256), ("batch", 4), ("vocab", 65),
                        ("steps", 12), ("threads", 2)):
        p.add_argument("--" + name, type=int, default=value)
    o = p.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(o.threads)
    model = GPT(o)
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(.9, .99),
                             weight_decay=.1)
    seconds = []
    for _ in range(o.steps):
        ids = torch.randint(o.vocab, (o.batch, o.context + 1))
        start = time.perf_counter()
        logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, o.vocab), ids[:, 1:].reshape(-1))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
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


if __name__ == "__main__":
    main()
