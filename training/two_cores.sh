#!/usr/bin/env bash
# Zoetrope Mini on a few CPU cores beside other work: the stages of full_run.sh at the lowest priority, with lengths
# for tens of hours, at 64x64. Every stage resumes where it was cut off: start it again after any break.
#   training/two_cores.sh RUN
#   SCALE=0.0005 training/two_cores.sh /tmp/trial    # a small part of every length, to try it
# The VAE is RUN/vae/vae.pt where that is, else training/weights/vae.safetensors: frozen, as all else stands on it.
set -euo pipefail
cd "$(dirname "$0")/.."
run=$(realpath -m "$1")
mkdir -p "$run"
vae=$run/vae/vae.pt
[ -e "$vae" ] || vae=training/weights/vae.safetensors
cores=$(nproc)
scale=${SCALE:-1}
n() { python3 -c "print(max(2, round($1 * $scale)))"; }
# A process of one thread for each core: they wait for each other once a step. Threads would wait at every
# operation, which beside other work takes many times as long.
export OMP_NUM_THREADS=1

stage() {
  local name=$1
  shift
  [ -e "$run/$name.done" ] && return
  echo "$(date -u +%H:%M) $name" >> "$run/stages.log"
  nice -n 19 "$@" >> "$run/$name.log" 2>&1
  touch "$run/$name.done"
}
alone() { stage "$1" python3 -m "${@:2}"; }
train() { stage "$1" torchrun --standalone --nproc_per_node "$cores" -m "training.train.$2" --threads 1 "${@:3}"; }
# Batches below are of all processes together.
share() { echo $(( ($1 + cores - 1) / cores )); }
latents() { alone "$1" training.train.latents "$run/$1" --clips "$run/$2" --vae "$vae" --fused --threads 1 "${@:3}"; }
judge() { alone "$1" training.evaluate.held_out --vae "$vae" --dit "$run/$2" --misses 20 "${@:3}"; }

alone clips training.world.clips "$run/clips" --count "$(n 9000)"
alone held training.world.clips "$run/held" --count "$(n 200)" --split held_out
alone vae-judge training.evaluate.reconstruction --vae "$vae" --clips "$run/held" --count 100 --by motion
latents latents clips --limit "$(n 6000)"
latents stills clips --frames 1

train dit dit --out "$run/dit" --init-from public/models/mini --ema 0.9995 --lr 1e-3 \
  --stage "$(n 24000):$(share 32):$run/latents+$run/latents+$run/stills@$(share 128)"
judge teacher-judge dit/train.pt --steps 16 --guidance 4 --count "$(n 60)" --pairs "$(n 20)"
train student distill --teacher "$run/dit/train.pt" --latents "$run/latents" --out "$run/student" \
  --steps "$(n 3000)" --batch "$(share 16)" --substeps 4 3 2 2 --guidance 4 --shift 3 --ema 0.99
judge student-judge student/student.pt --count "$(n 200)" --pairs "$(n 40)"

train tiny tiny_decoder --out "$run/tiny" --clips "$run/clips" --latents "$run/latents" --steps "$(n 12000)" --batch "$(share 4)"
latents held-latents held
alone pairs training.train.pairs "$run/pairs" --latents "$run/latents" --vae "$vae" --count "$(n 2500)" --threads 1
alone held-pairs training.train.pairs "$run/held-pairs" --latents "$run/held-latents" --vae "$vae" --count "$(n 60)" --threads 1
train upscaler upscaler --out "$run/upscaler" --pairs "$run/pairs" --steps "$(n 20000)" --batch "$(share 16)"
alone tiny-judge training.evaluate.reconstruction --vae "$vae" --tiny "$run/tiny/tiny.safetensors" --clips "$run/held"
alone upscaler-judge training.evaluate.upscaled --upscaler "$run/upscaler/upscaler.safetensors" --pairs "$run/held-pairs"

train student2 distill --teacher "$run/student/student.pt" --latents "$run/latents" --out "$run/student2" \
  --teacher-nodes 4 --nodes 2 --guidance 1 --shift 3 --steps "$(n 2000)" --batch "$(share 16)" --ema 0.99
judge student2-judge student2/student.pt --steps 2 --count "$(n 200)" --pairs "$(n 40)"
alone first-frame-judge training.evaluate.first_frame --vae "$vae" --dit "$run/student/student.pt" --count "$(n 100)"

alone long training.world.clips "$run/long" --count "$(n 3000)" --segments 3 --first-seed 30000000
latents long-latents long
train causal causal --init-from "$run/dit/train.pt" --latents "$run/long-latents" --out "$run/causal" --steps "$(n 8000)" \
  --batch "$(share 16)"
train stream distill_causal --teacher "$run/causal/train.pt" --out "$run/stream" --steps "$(n 2000)" --batch "$(share 8)"
alone stream-judge training.evaluate.stream --vae "$vae" --dit "$run/stream/student.pt" --count "$(n 40)"
