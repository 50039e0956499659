"""Trains and reads Mini's Unigram tokenizer (T5 conventions: pad 0, eos 1, unk 2).

python -m training.world.tokenizer            # writes training/weights/tokenizer*.json
"""

import argparse
import json
import string
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from training.world.captions import caption, every_phrase
from training.world.scenes import COLOURS, SUBJECTS, sample_scene

DEFAULT_FOLDER = Path(__file__).resolve().parents[1] / "weights"
SPECIALS = ("<pad>", "</s>", "<unk>")
VOCAB_SIZE = 512
META = "\u2581"


def grammar_words() -> list[str]:
    """Every word that the caption grammar can produce, sorted."""
    texts = [*COLOURS, *SUBJECTS, *every_phrase()]
    return sorted({word for text in texts for word in text.split()})


def train(caption_count: int = 4000) -> Tokenizer:
    """A deterministic Unigram tokenizer over generated captions, words and single characters."""
    corpus = [caption(sample_scene(seed), seed) for seed in range(caption_count)]
    corpus += grammar_words() * 40
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=META, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=META, prepend_scheme="always")
    alphabet = sorted(string.ascii_lowercase + string.digits + string.punctuation)
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=list(SPECIALS),
        unk_token="<unk>",
        initial_alphabet=[META, *alphabet],
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return _in_fixed_order(tokenizer, alphabet)


def _in_fixed_order(tokenizer: Tokenizer, alphabet: list[str]) -> Tokenizer:
    """The same tokenizer with every character and grammar word present, in one fixed order."""
    state = json.loads(tokenizer.to_str())
    scores = {piece: round(score, 4) for piece, score in state["model"]["vocab"] if piece not in SPECIALS}
    floor = min(scores.values()) - 1.0
    for piece in [META, *alphabet]:
        scores[piece] = min(scores.get(piece, floor), floor)
    for word in grammar_words():
        scores.setdefault(META + word, -7.0)
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    state["model"]["vocab"] = [[s, 0.0] for s in SPECIALS] + [list(item) for item in ordered]
    state["model"]["unk_id"] = 2
    fixed = Tokenizer.from_str(json.dumps(state))
    fixed.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return fixed


@lru_cache(maxsize=4)
def load(path: str | Path = DEFAULT_FOLDER / "tokenizer.json") -> Tokenizer:
    """The tokenizer from its file."""
    return Tokenizer.from_file(str(path))


def encode(text: str, path: str | Path = DEFAULT_FOLDER / "tokenizer.json") -> list[int]:
    """Token ids of a text, ending in eos (1); no padding."""
    return load(path).encode(text).ids


def write(folder: Path, tokenizer: Tokenizer) -> None:
    """Writes tokenizer.json and tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "T5Tokenizer",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "extra_ids": 0,
        "additional_special_tokens": [],
        "model_max_length": 512,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_FOLDER)
    folder = parser.parse_args().out
    tokenizer = train()
    write(folder, tokenizer)
    lengths = {w: len(tokenizer.encode(w).ids) - 1 for w in grammar_words()}
    longest = max(lengths.values())
    print(f"{tokenizer.get_vocab_size()} pieces; {len(lengths)} words of at most {longest} pieces")


if __name__ == "__main__":
    main()
