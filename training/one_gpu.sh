#!/usr/bin/env bash
# Zoetrope Mini on one GPU that is lent for minutes, at 64x64: every stage ends by the clock.
#   training/one_gpu.sh RUN OUT [SECONDS]
# About SECONDS (540 unless told) from rendering to the judge, on a data-centre GPU with 16 CPU cores; OUT receives
# the kept weights, a sheet and the figures: eight files of less than 16 MB each. Goes on from training/weights and
# from the bundled model. Python needs torch, numpy, safetensors, tokenizers and pillow.
set -euo pipefail
cd "$(dirname "$0")/.."
run=$(realpath -m "$1") out=$(realpath -m "$2") whole=${3:-540} judged=${JUDGED:-200}
mkdir -p "$run" "$out"
began=$(date +%s)
workers=$((($(nproc) + 1) / 2))
# PART=32 CLIPS=12 JUDGED=10 training/one_gpu.sh RUN OUT 20 tries it on a CPU, with a part of every batch.
of() { echo $((($1 + ${PART:-1} - 1) / ${PART:-1})); }
share() { echo $((whole * $1 / 100)); }
say() { echo "$(($(date +%s) - began)) s: $*" | tee -a "$run/stages.log"; }
step() {
  local name=$1
  shift
  python3 -m "$@" > "$run/$name.log" 2>&1 || { tail -n 20 "$run/$name.log"; exit 1; }
  say "$name: $(tail -n 1 "$run/$name.log")"
}
scenes() { step "$1" training.world.clips "$run/$1" --workers "$(nproc)" "${@:2}"; }

scenes clips --count "${CLIPS:-16000}"
scenes held --count 200 --split held_out
step vae training.train.vae --out "$run/vae" --clips "$run/clips" --held-out "$run/held" --image-steps 0 --video-steps 1000000 \
  --video "17x$(of 32)" "17x$(of 32)" "33x$(of 16)" --lr 1e-3 --ema 0.995 --init-from training/weights/vae.safetensors --seconds "$(share 18)" &
learning=$!
scenes long --count "$((${CLIPS:-16000} / 4))" --segments 3 --first-seed 30000000
wait "$learning"
vae=$run/vae/vae.pt
for name in clips held long; do
  step "latents-$name" training.train.latents "$run/latents-$name" --clips "$run/$name" --vae "$vae" &
done
step stills training.train.latents "$run/stills" --clips "$run/clips" --vae "$vae" --frames 1 &
wait

# The small networks learn beside the large one.
small() {
  step tiny training.train.tiny_decoder --out "$run/tiny" --clips "$run/clips" --latents "$run/latents-clips" \
    --steps 1000000 --batch "$(of 16)" --seconds "$(share 20)"
  step pairs training.train.pairs "$run/pairs" --latents "$run/latents-clips" --vae "$vae" --count 3000 --workers "$workers"
  step held-pairs training.train.pairs "$run/held-pairs" --latents "$run/latents-held" --vae "$vae" --count 60
  step upscaler training.train.upscaler --out "$run/upscaler" --pairs "$run/pairs" --steps 1000000 --batch "$(of 64)" \
    --seconds "$(share 18)"
  step tiny-judge training.evaluate.reconstruction --vae "$vae" --tiny "$run/tiny/tiny.safetensors" --clips "$run/held"
  step upscaler-judge training.evaluate.upscaled --upscaler "$run/upscaler/upscaler.safetensors" --pairs "$run/held-pairs"
}
small &
step dit training.train.dit --out "$run/dit" --init-from public/models/mini --workers "$workers" --ema 0.999 --lr 1e-3 \
  --seconds "$(share 34)" --stage "1000000:$(of 128):$run/latents-clips+$run/latents-clips+$run/stills@$(of 256)"
streams() {
  step causal training.train.causal --init-from "$run/dit/train.pt" --latents "$run/latents-long" --out "$run/causal" \
    --steps 1000000 --batch "$(of 64)" --workers 4 --seconds "$(share 8)"
  step stream training.train.distill_causal --teacher "$run/causal/train.pt" --out "$run/stream" --steps 1000000 \
    --batch "$(of 32)" --seconds "$(share 10)"
}
streams &
step student training.train.distill --teacher "$run/dit/train.pt" --latents "$run/latents-clips" --out "$run/student" \
  --steps 1000000 --batch "$(of 64)" --substeps 4 3 2 2 --ema 0.99 --seconds "$(share 18)"
wait

keep() { python3 -m training.train.keep "$run/$1" "$out/$2.safetensors"; }
keep vae/vae.pt vae
keep dit/train.pt dit
keep student/student.pt student
keep stream/student.pt stream
cp "$run/tiny/tiny.safetensors" "$run/upscaler/upscaler.safetensors" "$out"
step vae-judge training.evaluate.reconstruction --vae "$vae" --clips "$run/held" --count 100 --by motion &
step judge training.evaluate.held_out --vae "$vae" --dit "$run/student/student.pt" --misses 30 --count "$judged" &
step first-frame-judge training.evaluate.first_frame --vae "$vae" --dit "$run/student/student.pt" --count "$judged" &
step stream-judge training.evaluate.stream --vae "$vae" --dit "$run/stream/student.pt" --count "$((judged / 10))" &
step sheet training.evaluate.sample --vae "$vae" --dit "$run/student/student.pt" --lot 24 --sheet "$out/sheet.png"
wait
say done
tail -n 40 "$run"/*.log > "$out/figures.txt"
