# Writes pointer.npy: a pointer-generator as the equation of the paper states it
# (See, Liu and Manning 2017, eq. 9), with a matrix of zeros and ones from the
# places of the source to the words, in numbers of 64 bits; and its gradients by
# the complex step. python3 tests/golden/pointer.py (NumPy 1.24)
#   logits (2, 3, 7), scores (2, 3, 5), gate (2, 3), dout (2, 3, 7), then
#   log p (2, 3, 7), weights (2, 3, 5), and the three gradients
import numpy

B, T, S, V = 2, 3, 5, 7
lengths = [5, 3]
source = numpy.array([[6, 2, 6, 0, 2], [3, 3, 5, 1, 1]])
random = numpy.random.default_rng(18)
inputs = random.normal(size=B * T * (V + S + 1)).astype("f4")
dout = random.normal(size=(B, T, V)).astype("f4")
words = numpy.zeros((B, S, V))
for b in range(B):
    for s in range(lengths[b]):
        words[b, s, source[b, s]] = 1


def soft(x):
    e = numpy.exp(x)
    return e / e.sum(-1, keepdims=True)


def forward(flat):
    x = flat[:B * T * V].reshape(B, T, V)
    e = flat[B * T * V:-B * T].reshape(B, T, S)
    g = 1 / (1 + numpy.exp(-flat[-B * T:].reshape(B, T, 1)))
    a = numpy.zeros((B, T, S), dtype=flat.dtype)
    for b in range(B):
        a[b, :, :lengths[b]] = soft(e[b, :, :lengths[b]])
    p = g * soft(x) + (1 - g) * (a @ words)
    return numpy.log(p), a


log_p, weights = forward(inputs.astype("f8"))
slopes = numpy.zeros(inputs.size)
for i in range(inputs.size):
    moved = inputs.astype("c16")
    moved[i] += 1e-30j
    slopes[i] = (forward(moved)[0].imag * dout).sum() / 1e-30
parts = [inputs, dout, log_p, weights, slopes]
numpy.save("tests/golden/pointer.npy",
           numpy.concatenate([p.ravel() for p in parts]).astype("f4"))
