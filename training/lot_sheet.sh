#!/usr/bin/env bash
# The sheet of 24 prompts drawn by lot, with the seeds 1 to 24, from clips of the engine as the page makes them.
#   training/lot_sheet.sh SHEET [FOLDER of clips that are there, or to be made]
# MODEL=FOLDER takes another model than the bundled one. Looks best in WebP; about 24 × the seconds of a clip.
set -euo pipefail
cd "$(dirname "$0")/.."
sheet=$(realpath -m "$1") clips=$(realpath -m "${2:-$(mktemp -d)}") model=${MODEL:-public/models/mini}
mkdir -p "$clips"
python3 -m training.evaluate.held_out_prompts --lot 24 --out "$clips/lot.json"
[ -e "$clips/023.npy" ] || npm run --silent judge:clips -- --prompts "$clips/lot.json" --out "$clips" --model "$model"
python3 -m training.evaluate.contact_sheet --frames "$clips" --tile 80 --out "$sheet"
