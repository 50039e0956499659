"""Judges a model on the held-out prompts, in PyTorch.

python -m training.evaluate.held_out --model public/models/mini --size 64 64 --count 200
"""

import argparse
import json

from training.evaluate.held_out_prompts import held_out_pairs, held_out_singles, prompts
from training.evaluate.judge import score
from training.evaluate.sample import add_model_arguments, generate, load_from


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_model_arguments(parser)
    parser.add_argument("--count", type=int, help="single-subject prompts (all 200 unless told)")
    parser.add_argument("--pairs", type=int, help="two-subject prompts (all 40 unless told)")
    parser.add_argument("--misses", type=int, default=0, help="how many misses to print")
    args = parser.parse_args()
    model, vae = load_from(args)
    every, singles = prompts(), len(held_out_singles())
    pairs = every[singles : singles + (len(held_out_pairs()) if args.pairs is None else args.pairs)]
    chosen = every[: singles if args.count is None else args.count] + pairs
    clips = generate(
        model,
        vae,
        [p["prompt"] for p in chosen],
        list(range(len(chosen))),
        tuple(args.size),
        args.frames,
        args.steps,
        args.shift,
        args.guidance,
        autocast=not args.float32,
    )
    result = score(clips, chosen)
    misses = result.pop("misses")[: args.misses]
    print(json.dumps(result))
    for miss in misses:
        print(miss["prompt"], "|", "; ".join(miss["wrong"]))


if __name__ == "__main__":
    main()
