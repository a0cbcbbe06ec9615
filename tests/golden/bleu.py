# Writes bleu.tsv: pairs of texts, candidate and reference, in words with one
# space between, and in the last line the score that NLTK gives to all of them:
#   python3 tests/golden/bleu.py     (Debian's python3-nltk 3.8)
# The candidates are French strings of data/libreoffice with words left out,
# exchanged or said twice, by the place of the pair.
import re
from nltk.translate.bleu_score import corpus_bleu

lines = open("data/libreoffice/strings.tsv", encoding="utf-8").read().split("\n")
pairs = []
for i in range(7, len(lines), 97):
    words = re.findall(r"\w+|[^\w\s]", lines[i].split("\t")[-1])
    if not 5 <= len(words) <= 40:
        continue
    other = list(words)
    kind = len(pairs) % 5
    at = len(pairs) % len(words)
    if kind == 0:
        del other[at]
    elif kind == 1:
        other[at:at + 2] = other[at:at + 2][::-1]
    elif kind == 2:
        other.insert(at, words[at])
    elif kind == 3:
        other = other[len(other) // 2:] + words[:2]
    if len(other) >= 4:   # NLTK counts one row of four words where there is none
        pairs.append((other, words))
score = corpus_bleu([[b] for a, b in pairs], [a for a, b in pairs])
with open("tests/golden/bleu.tsv", "w", encoding="utf-8") as out:
    for a, b in pairs:
        out.write(" ".join(a) + "\t" + " ".join(b) + "\n")
    out.write("bleu\t%.9f\n" % (100 * score))
print(len(pairs), score)
