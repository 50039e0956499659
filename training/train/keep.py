"""Keeps the averaged weights of a checkpoint in half precision: a file that another machine can go on from.

python -m training.train.keep RUN/train.pt training/weights/NAME.safetensors
"""

import argparse

from training.models.files import keep, load_kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    args = parser.parse_args()
    keep(args.out, *load_kept(args.checkpoint))


if __name__ == "__main__":
    main()
