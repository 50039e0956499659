import { helpText } from './help'

const OF_THE_MODEL = "the model's"

/** `--help`. The options of each group as in docs/cli.md. */
export const HELP = helpText('npm run generate -- "PROMPT" --out FILE.mp4 [options]', [
  {
    title: 'The clip',
    options: [
      { option: '--out FILE.mp4', meaning: 'the MP4 to write; needed' },
      {
        option: '--image FILE',
        meaning:
          'a picture to begin with (PNG, JPEG, WebP, AVIF), for models that take one; the size follows it',
      },
      {
        option: '--last-image FILE',
        meaning: 'a picture to end with, beside --image, for models that were trained for both',
      },
      {
        option: '--keep-end FILE',
        meaning: "writes the clip's last frame, before compression, to go on from",
      },
      {
        option: '--continue FILE',
        meaning: 'goes on from such an end, in its size, with a model that takes a picture',
      },
      { option: '--hold-colours', meaning: 'keeps the colours of the first clip of such a row' },
      {
        option: '--recipe FILE',
        meaning: 'settings from an MP4 of Zoetrope, ComfyUI or Wan2GP, or from JSON; options overrule them',
      },
      { option: '--width W', meaning: 'pixels', fallback: OF_THE_MODEL },
      { option: '--height H', meaning: 'pixels', fallback: OF_THE_MODEL },
      { option: '--frames N', meaning: 'frames; most models take 4n + 1', fallback: OF_THE_MODEL },
    ],
  },
  {
    title: 'A film that is made live',
    options: [
      { option: '--live', meaning: 'a film chunk by chunk, of causal models; --frames has no effect' },
      { option: '--seconds N', meaning: 'its length; needed with --live' },
      {
        option: '--prompts FILE',
        meaning:
          'prompts with their times, a line each, as in "3 s: a green fish"; that at 0 s may be the only one',
      },
      {
        option: '--film-cache auto|float|int8',
        meaning: 'how keys and values of earlier frames lie on the GPU',
        fallback: 'auto',
      },
    ],
  },
  {
    title: 'What it follows, with VACE',
    options: [
      {
        option: '--control FILE',
        meaning: 'a video or a picture; the size and length follow it',
      },
      {
        option: '--control-task NAME',
        meaning: 'follow (its depth, poses or edges), inpaint, outpaint, extend-after, extend-before',
        fallback: 'inpaint with a mask, else follow',
      },
      { option: '--mask FILE', meaning: 'a picture or a video; what is white is made anew' },
      {
        option: '--reference FILE',
        meaning: 'a picture of what should be seen; may be repeated',
      },
      { option: '--control-strength S', meaning: '0 to 2; 0 has no effect', fallback: '1' },
    ],
  },
  {
    title: 'How it is made',
    options: [
      {
        option: '--seed N',
        meaning: 'the noise to begin with; the same seed and settings give the same clip',
        fallback: 'random',
      },
      { option: '--steps N', meaning: 'passes of the transformer', fallback: OF_THE_MODEL },
      {
        option: '--guidance G',
        meaning: 'how closely the prompt is followed; 1 is without, and twice as fast',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--guidance-2 G',
        meaning: 'the same for the second expert of Wan 2.2 A14B, of the last steps',
        fallback: "the model's, or --guidance where that is given",
      },
      {
        option: '--negative TEXT',
        meaning: 'what to keep away from; with guidance above 1',
        fallback: OF_THE_MODEL,
      },
      { option: '--shift S', meaning: 'of the noise levels', fallback: OF_THE_MODEL },
      {
        option: '--sampler NAME',
        meaning: 'unipc, dpm++, euler, dmd, dmd-warped, rcm, self-forcing',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--lora FILE[:STRENGTH]',
        meaning:
          'a LoRA, -2 to 2; 1,1,0 has a strength for each step, the last for all later ones; may be repeated',
        fallback: 'strength 1',
      },
      {
        option: '--cache off|easy',
        meaning: 'EasyCache leaves out steps that change little',
        fallback: 'off',
      },
      {
        option: '--decoder full|tiny',
        meaning: 'tiny decodes many times faster, with a little less detail',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--upscale 1|2|4',
        meaning: 'frames so many times as wide and high, by an upscaler',
        fallback: OF_THE_MODEL,
      },
      {
        option: '--upscaler FILE',
        meaning: 'the upscaler, for any model: realesr-animevideov3 or realesr-general-x4v3',
        fallback: OF_THE_MODEL,
      },
    ],
  },
  {
    title: 'Model and memory',
    options: [
      {
        option: '--model NAME|FOLDER|FILE',
        meaning: 'a bundled model, a folder with a model, or files; may be repeated',
        fallback: 'mini',
      },
      { option: '--weights auto|f16|q8|q4', meaning: 'how matrices lie on the GPU', fallback: 'auto' },
      {
        option: '--memory 4GB',
        meaning: 'GPU memory that may be used',
        fallback: 'what the GPU is found to have',
      },
      {
        option: '--activations float|int8',
        meaning: 'in what they are multiplied by quantised matrices',
        fallback: 'float',
      },
    ],
  },
  {
    title: 'A run that was interrupted',
    options: [
      {
        option: '--resume',
        meaning: 'continues the last one where it was; needs no prompt, and has its own --out unless given',
      },
      {
        option: '--any-gpu',
        meaning: 'with --resume: also on another GPU than it began on, where its bits differ',
      },
    ],
  },
  {
    title: 'What is printed',
    options: [
      { option: '--json', meaning: 'one JSON object as the last line' },
      { option: '--help', meaning: 'this' },
    ],
  },
])
