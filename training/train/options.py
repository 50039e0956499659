"""The options that every training script has."""


def add_common(parser, lr, ema, seed, save_seconds=120):
    parser.add_argument("--lr", type=float, default=lr, help="the learning rate's peak")
    parser.add_argument("--ema", type=float, default=ema, help="decay of the weights' moving average")
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--seconds", type=float, help="end after so long in all, whatever the steps")
    parser.add_argument("--stop-at", type=int, help="end before this step, leaving a checkpoint")
    parser.add_argument("--save-seconds", type=float, default=save_seconds)
    parser.add_argument("--tokenizer", help="a tokenizer.json other than training/weights has")
    parser.add_argument("--float32", action="store_true", help="no bfloat16")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare batches")
