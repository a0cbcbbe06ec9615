#!/usr/bin/python3
"""Makes the golden arrays of optimizer.h (chapter "gradient") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/optimizer.py.  Neither the build nor the tests
need Python.  What was used is in tests/golden/optimizer.txt.

All is computed in float64 from float32 inputs and rounded to float32 at the
end.  The gradients are given, so that an error in one step does not change
the gradients of the next.
"""
import numpy as np
import torch
from torch.optim import lr_scheduler as schedules

SEED = 20170612
N, STEPS = 13, 7
WARMUP, LAST, FLOOR = 8, 30, 0.1

torch.manual_seed(SEED)
w = torch.randn(N).float()
dw = (torch.randn(STEPS, N) * 10.0 ** torch.randn(N)).float()
dw[:, 4] = 0                            # a weight that nothing depends on
dw[3:, 7] = 0                           # and one that falls silent


def walk(optimizer, **how):
    weights = w.double().clone().requires_grad_()
    optimizer = optimizer([weights], **how)
    after = []
    for gradient in dw.double():
        weights.grad = gradient.clone()
        optimizer.step()
        after.append(weights.detach().clone())
    return torch.stack(after)


def rates(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimizer)
    factors = []
    for _ in range(LAST):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return torch.tensor(factors, dtype=torch.float64)


def cosine(optimizer):
    rise = schedules.LinearLR(optimizer, start_factor=1 / WARMUP,
                              total_iters=WARMUP - 1)
    fall = schedules.CosineAnnealingLR(optimizer, T_max=LAST - WARMUP,
                                       eta_min=FLOOR)
    return schedules.SequentialLR(optimizer, [rise, fall], [WARMUP - 1])


def inverse(optimizer):                 # Vaswani et al. 2017, eq. 3
    return schedules.LambdaLR(optimizer, lambda step: WARMUP ** 0.5 * min(
        (step + 1) ** -0.5, (step + 1) * WARMUP ** -1.5))


clipped = dw.double().clone().requires_grad_()
clipped.grad = dw.double().clone()
torch.nn.utils.clip_grad_norm_([clipped], 0.7)

adam = dict(lr=0.01, betas=(0.9, 0.99), eps=1e-8)
arrays = {
    "w": w,
    "dw": dw,
    "sgd": walk(torch.optim.SGD, lr=0.1),
    "momentum": walk(torch.optim.SGD, lr=0.1, momentum=0.9),
    "nesterov": walk(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True),
    "adam": walk(torch.optim.Adam, **adam),
    "adam-eps": walk(torch.optim.Adam, **dict(adam, eps=0.1)),
    "adam-decay": walk(torch.optim.Adam, weight_decay=0.1, **adam),
    "adamw": walk(torch.optim.AdamW, weight_decay=0.1, **adam),
    "clip": clipped.grad,
    "cosine": rates(cosine),
    "inverse": rates(inverse),
}
for name, array in arrays.items():
    array = array.detach().to(torch.float32).numpy()
    assert np.isfinite(array).all(), name
    np.save(f"tests/golden/optimizer-{name}.npy", array)

with open("tests/golden/optimizer.txt", "w") as text:
    text.write(f"optimizer-*.npy were made by tests/golden/optimizer.py\n"
               f"PyTorch {torch.__version__}, NumPy {np.__version__}\n"
               f"seed {SEED}, {N} weights, {STEPS} steps, "
               f"schedules of {LAST} steps\n")
