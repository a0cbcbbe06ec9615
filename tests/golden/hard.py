#!/usr/bin/python3
"""Makes the golden arrays of hard.h (chapter "hard") with PyTorch.

Run by hand, from the repository's root, and only when the arrays are to
change: python3 tests/golden/hard.py.  Neither the build nor the tests need
Python.  What was used is in tests/golden/hard.txt.

hard-numbers.npy holds random numbers: the inputs of an operation are its
first ones, one behind the other, and the weights of its results the last.
hard-NAME.npy holds the results, then the gradients of their weighted sum in
the inputs.  hard-straight.npy: the noise, then the results of PyTorch's own
gumbel_softmax with hard=True at tau = 0.5, then the gradient of the scores.
All is computed in float64 from float32 numbers and rounded at the end.
"""
import sys
import numpy as np
import torch
import torch.nn.functional as F

SEED = 19920508
COUNT = 400
SIDE, STEP = 5, 3
PLACES = [[4, 0, 5, 4], [2, 1, 1, 3]]
DRAWS = [4, 0, 2]
ADVANTAGES = [1.5, -.75, .25]
TAU = .5


def windows(x):
    """As unfold cuts them, of the padded pictures, in steps of STEP."""
    lead = SIDE // 2 - STEP // 2
    trail = SIDE - STEP - lead
    padded = F.pad(x[:, None], (lead, trail, lead, trail))
    cut = F.unfold(padded, SIDE, stride=STEP).transpose(1, 2)
    return torch.stack([cut[b, PLACES[b]] for b in range(len(PLACES))])


def reinforce(z):
    """The loss of torch.distributions' own example of REINFORCE."""
    policy = torch.distributions.Categorical(logits=z)
    log_p = policy.log_prob(torch.tensor(DRAWS))
    return -(log_p * torch.tensor(ADVANTAGES).double()).mean()


CASES = [("windows", windows, (2, 6, 9)), ("reinforce", reinforce, (3, 5))]


def save(name, parts):
    flat = torch.cat([t.detach().reshape(-1) for t in parts])
    np.save(f"tests/golden/hard-{name}.npy", flat.numpy().astype(np.float32))


def straight(z, weights):
    """Makes the noise that gumbel_softmax will draw, and calls it."""
    state = torch.get_rng_state()
    noise = -torch.empty_like(z).exponential_().log()
    torch.set_rng_state(state)
    y = F.gumbel_softmax(z, tau=TAU, hard=True)
    (y * weights).sum().backward()
    save("straight", [noise, y.round(), z.grad])


def main():
    torch.manual_seed(SEED)
    numbers = torch.randn(COUNT)
    np.save("tests/golden/hard-numbers.npy", numbers.numpy())
    for name, function, shape in CASES:
        n = int(np.prod(shape))
        x = numbers[:n].double().reshape(shape).requires_grad_()
        out = function(x)
        weights = numbers[COUNT - out.numel():].double().reshape(out.shape)
        (out * weights).sum().backward()
        save(name, [out, x.grad])
    straight(numbers[:12].double().reshape(3, 4).requires_grad_(),
             numbers[COUNT - 12:].double().reshape(3, 4))
    with open("tests/golden/hard.txt", "w") as note:
        print(f"hard-*.npy: made by hard.py with torch {torch.__version__}, "
              f"numpy {np.__version__}, python {sys.version.split()[0]}, "
              f"seed {SEED}", file=note)


main()
