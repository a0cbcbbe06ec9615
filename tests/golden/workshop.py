# Arrays written by NumPy itself, to check npy.h against. Run from anywhere:
#     /usr/bin/python3 tests/golden/workshop.py
# The committed files were made with NumPy 1.24.2 (Debian 12's python3-numpy).
import os
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
print("NumPy", np.__version__)
x = np.arange(2)[:, None] + np.arange(3)[None, :] / 4


def save(name, array, version=(1, 0)):
    with open("workshop-%s.npy" % name, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


save("f4", x.astype("<f4"))
save("f8", x.astype("<f8"))
save("v2", x.astype("<f4"), (2, 0))
save("v3", x.astype("<f8"), (3, 0))
save("fortran", np.asfortranarray(x.astype("<f4")))
save("big", x.astype(">f4"))
save("i8", x.astype("<i8"))
save("f2", x.astype("<f2"))
save("c8", x.astype("<c8"))
save("text", np.array(["ab", "c"]))
save("record", np.zeros(2, dtype=[("a", "<f4"), ("b", "<f4")]))
save("object", np.array([[1.0], [2.0, 3.0]], dtype=object))
save("huge", np.array([1e38, -1e39]))
save("rank9", np.zeros((1,) * 9, "<f4"))
