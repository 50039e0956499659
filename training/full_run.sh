#!/usr/bin/env bash
# The whole training of Zoetrope Mini, from nothing to public/models/mini. Uses every CUDA device
# that is there (torchrun, one process each), else this machine's CPU. Every stage resumes where it
# was cut off.
#   training/full_run.sh [RUN_FOLDER]
#   SCALE=0.01 training/full_run.sh /tmp/trial    # a hundredth of every length, to try it
set -euo pipefail
cd "$(dirname "$0")/.."
run=$(realpath -m "${1:-runs/mini}")
mkdir -p "$run"

scale=${SCALE:-1}
n() { python3 -c "print(max(2, round($1 * $scale)))"; }
gpus=$(python3 -c 'import torch; print(torch.cuda.device_count())')
launch() { torchrun --standalone --nproc_per_node "$((gpus > 0 ? gpus : 1))" -m "$@"; }
# Batches below are global; a process takes its share.
share() { echo $(( $1 / (gpus > 0 ? gpus : 1) )); }
workers=$(nproc)

python3 -m training.world.tokenizer
for size in "64 64" "96 96" "96 128"; do
  python3 -m training.world.clips "$run/clips-${size/ /x}" --count "$(n 20000)" --size $size \
    --first-seed "$(( ${size%% *} * 1000000 + ${size##* } * 100000 ))" --workers "$workers"
done
python3 -m training.world.clips "$run/held" --count 100 --size 96 96 --split held_out --workers "$workers"

launch training.train.vae --out "$run/vae" --clips "$run"/clips-* --held-out "$run/held" \
  --image-steps "$(n 5000)" --video-steps "$(n 30000)" --image-batch "$(share 64)" \
  --video "17x$(share 16)" "17x$(share 16)" "33x$(share 8)" --lr 2e-3

for size in 64x64 96x96 96x128; do
  python3 -m training.train.latents "$run/latents-$size" --clips "$run/clips-$size" --vae "$run/vae/vae.pt"
  python3 -m training.train.latents "$run/stills-$size" --clips "$run/clips-$size" --vae "$run/vae/vae.pt" --frames 1
done
launch training.train.dit --out "$run/dit" --compile --ema 0.9995 --lr 1e-3 \
  --stage "$(n 4000):$(share 256):$run/stills-64x64" \
  --stage "$(n 40000):$(share 64):$run/latents-64x64+$run/stills-64x64@$(share 256)" \
  --stage "$(n 30000):$(share 64):$run/latents-96x96+$run/latents-64x64+$run/latents-96x128"

launch training.train.distill --teacher "$run/dit/train.pt" --out "$run/student" --steps "$(n 6000)" \
  --batch "$(share 32)" --size 96x96 --size 64x64 --size 128x96 --substeps 4 --guidance 4 --shift 3 --ema 0.99 --compile

python3 -m training.train.export --vae "$run/vae/vae.pt" --dit "$run/student/student.pt" --clips "$run/clips-96x96" --size 64x64 96x96 128x96
python3 -m training.evaluate.golden
for size in "64 64" "96 96"; do
  python3 -m training.evaluate.held_out --model public/models/mini --size $size --count "$(n 200)" --pairs "$(n 40)" | tee -a "$run/metrics.jsonl"
done
