#!/usr/bin/env bash
# Zoetrope Mini on a few CPU cores beside other work: the stages of full_run.sh at the lowest priority, with lengths
# for tens of hours, at 64x64. Every stage resumes where it was cut off: start it again after any break.
#   training/two_cores.sh RUN
# The VAE is RUN/vae/vae.pt where that is, else training/weights/vae.safetensors: frozen, as all else stands on it.
set -euo pipefail
cd "$(dirname "$0")/.."
run=$(realpath -m "$1")
mkdir -p "$run"
vae=$run/vae/vae.pt
[ -e "$vae" ] || vae=training/weights/vae.safetensors
threads=${THREADS:-$(nproc)}
# Threads that wait without spinning leave the processor to others.
export OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0

stage() {
  local name=$1
  shift
  [ -e "$run/$name.done" ] && return
  echo "$(date -u +%H:%M) $name" >> "$run/stages.log"
  nice -n 19 python3 -m "$@" >> "$run/$name.log" 2>&1
  touch "$run/$name.done"
}
latents() { stage "$1" training.train.latents "$run/$1" --clips "$run/$2" --vae "$vae" --fused --threads "$threads" "${@:3}"; }
judge() { stage "$1" training.evaluate.held_out --vae "$vae" --dit "$run/$2" --threads "$threads" --misses 20 "${@:3}"; }

stage clips training.world.clips "$run/clips" --count 9000
stage held training.world.clips "$run/held" --count 200 --split held_out
stage vae-judge training.evaluate.reconstruction --vae "$vae" --clips "$run/held" --count 100 --by motion --threads "$threads"
latents latents clips --limit "${CLIPS:-6000}"
latents stills clips --frames 1

stage dit training.train.dit --out "$run/dit" --init-from public/models/mini --threads "$threads" --ema 0.9995 --lr 1e-3 \
  --stage "24000:32:$run/latents+$run/latents+$run/stills@128"
judge teacher-judge dit/train.pt --steps 16 --guidance 4 --count 60 --pairs 20
stage student training.train.distill --teacher "$run/dit/train.pt" --latents "$run/latents" --out "$run/student" \
  --steps 3000 --batch 16 --substeps 4 3 2 2 --guidance 4 --shift 3 --ema 0.99 --threads "$threads"
judge student-judge student/student.pt

stage tiny training.train.tiny_decoder --out "$run/tiny" --clips "$run/clips" --latents "$run/latents" --steps 12000 \
  --threads "$threads"
latents held-latents held
stage pairs training.train.pairs "$run/pairs" --latents "$run/latents" --vae "$vae" --count 2500 --threads "$threads"
stage held-pairs training.train.pairs "$run/held-pairs" --latents "$run/held-latents" --vae "$vae" --count 60
stage upscaler training.train.upscaler --out "$run/upscaler" --pairs "$run/pairs" --steps 20000 --threads "$threads"
stage tiny-judge training.evaluate.reconstruction --vae "$vae" --tiny "$run/tiny/tiny.safetensors" --clips "$run/held" --count 100
stage upscaler-judge training.evaluate.upscaled --upscaler "$run/upscaler/upscaler.safetensors" --pairs "$run/held-pairs"

stage student2 training.train.distill --teacher "$run/student/student.pt" --latents "$run/latents" --out "$run/student2" \
  --teacher-nodes 4 --nodes 2 --guidance 1 --shift 3 --steps 2000 --batch 16 --ema 0.99 --threads "$threads"
judge student2-judge student2/student.pt --steps 2
stage first-frame-judge training.evaluate.first_frame --vae "$vae" --dit "$run/student/student.pt" --threads "$threads"

stage long training.world.clips "$run/long" --count 3000 --segments 3 --first-seed 30000000
latents long-latents long
stage causal training.train.causal --init-from "$run/dit/train.pt" --latents "$run/long-latents" --out "$run/causal" \
  --steps 8000 --threads "$threads"
stage stream training.train.distill_causal --teacher "$run/causal/train.pt" --out "$run/stream" --steps 2000 --batch 8 \
  --threads "$threads"
stage stream-judge training.evaluate.stream --vae "$vae" --dit "$run/stream/student.pt" --threads "$threads"
