import { helpText } from './help'

const OF_THE_MODEL = "the model's"

/** The text of `--help`: the options of docs/cli.md, by groups. */
export const HELP = helpText('npm run generate -- "PROMPT" --out FILE.mp4 [options]', [
  {
    title: 'The clip',
    options: [
      { option: '--out FILE.mp4', meaning: 'the MP4 to write; required' },
      {
        option: '--image FILE',
        meaning:
          'a picture to begin with (PNG, JPEG, WebP, AVIF), for models that take one; it sets the size',
      },
      {
        option: '--last-image FILE',
        meaning: 'a picture to end with, beside --image, for models that were trained for both',
      },
      {
        option: '--keep-end FILE',
        meaning: "also writes the clip's last frame, uncompressed, for --continue; not with causal models",
      },
      {
        option: '--continue FILE',
        meaning:
          'continues a clip from a file that --keep-end wrote, in its size, with a model that takes a picture',
      },
      {
        option: '--hold-colours',
        meaning: 'with --continue: keeps the colours of the first clip in the series',
      },
      {
        option: '--recipe FILE',
        meaning:
          'settings from an MP4 of Zoetrope, ComfyUI or Wan2GP, or from JSON; other options override them',
      },
      { option: '--width W', meaning: 'pixels', fallback: OF_THE_MODEL },
      { option: '--height H', meaning: 'pixels', fallback: OF_THE_MODEL },
      { option: '--frames N', meaning: 'frames; most models take 4n + 1', fallback: OF_THE_MODEL },
    ],
  },
  {
    title: 'A live film',
    options: [
      {
        option: '--live',
        meaning: 'makes a film chunk by chunk, with a causal model; --frames has no effect',
      },
      { option: '--seconds N', meaning: 'the length of the film; required with --live' },
      {
        option: '--prompts FILE',
        meaning:
          'prompts with their times, one per line, as in "3 s: a green fish"; the one at 0 s replaces PROMPT',
      },
      {
        option: '--film-cache auto|float|int8',
        meaning: 'how the keys and values of earlier frames are stored on the GPU',
        fallback: 'auto',
      },
    ],
  },
  {
    title: 'Control, with VACE',
    options: [
      {
        option: '--control FILE',
        meaning: 'a video or a picture that the clip follows or changes; it sets the size and length',
      },
      {
        option: '--control-task NAME',
        meaning: 'follow (its depth, poses or edges), inpaint, outpaint, extend-after, extend-before',
        fallback: 'inpaint with a mask, else follow',
      },
      { option: '--mask FILE', meaning: 'a picture or a video; what is white is redrawn' },
      {
        option: '--reference FILE',
        meaning: 'a picture of what the clip should show; may be repeated',
      },
      { option: '--control-strength S', meaning: '0 to 2; 0 has no effect', fallback: '1' },
    ],
  },
  {
    title: 'Sampling and decoding',
    options: [
      {
        option: '--seed N',
        meaning: 'the initial noise; the same seed and settings give the same clip',
        fallback: 'random',
      },
      { option: '--steps N', meaning: 'passes of the transformer', fallback: OF_THE_MODEL },
      {
        option: '--guidance G',
        meaning: 'how closely to follow the prompt; 1 turns guidance off, and is twice as fast',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--guidance-2 G',
        meaning: 'the same for the second transformer of Wan 2.2 A14B, which does the last steps',
        fallback: "the model's, or --guidance if given",
      },
      {
        option: '--negative TEXT',
        meaning: 'what to avoid; only with guidance above 1',
        fallback: OF_THE_MODEL,
      },
      { option: '--shift S', meaning: 'shift of the noise schedule', fallback: OF_THE_MODEL },
      {
        option: '--sampler NAME',
        meaning: 'unipc, dpm++, euler, dmd, dmd-warped, rcm, self-forcing',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--lora FILE[:STRENGTH]',
        meaning:
          'a LoRA, strength -2 to 2; 1,1,0 gives one for each step, the last for all later ones; may be repeated',
        fallback: 'strength 1',
      },
      {
        option: '--cache off|easy',
        meaning: 'EasyCache skips steps that would change little',
        fallback: 'off',
      },
      {
        option: '--decoder full|tiny',
        meaning: 'tiny decodes many times faster, with a little less detail',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--upscale 1|2|4',
        meaning: 'makes frames 2 or 4 times as wide and high, with an upscaler',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--upscaler FILE',
        meaning: 'the upscaler to use, with any model: realesr-animevideov3 or realesr-general-x4v3',
        fallback: OF_THE_MODEL,
      },
    ],
  },
  {
    title: 'Model and memory',
    options: [
      {
        option: '--model NAME|FOLDER|FILE',
        meaning: 'the bundled model, a folder with a model, or files; may be repeated',
        fallback: 'mini',
      },
      { option: '--weights auto|f16|q8|q4', meaning: 'how matrices are stored on the GPU', fallback: 'auto' },
      {
        option: '--memory 4GB',
        meaning: 'GPU memory that may be used',
        fallback: 'what the GPU is measured or assumed to have',
      },
      {
        option: '--activations float|int8',
        meaning: 'int8 rounds activations to 8 bits for products with quantised matrices',
        fallback: 'float',
      },
    ],
  },
  {
    title: 'Interrupted runs',
    options: [
      {
        option: '--resume',
        meaning:
          'continues the last one; takes no prompt, and writes to its own --out unless another is given',
      },
      {
        option: '--any-gpu',
        meaning: 'with --resume: continues on a GPU other than the one it began on, where its bits differ',
      },
    ],
  },
  {
    title: 'Output',
    options: [
      { option: '--json', meaning: 'prints one JSON object as the last line' },
      { option: '--help', meaning: 'shows this help' },
    ],
  },
])
