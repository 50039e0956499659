import { SETTING_LABELS } from '../../../protocol/settings'
import { count } from './numbers'

export const create = {
  prompt: {
    label: 'Prompt',
    placeholder: 'A small green fish, drifting left under water',
    empty: 'The prompt is empty: describe what the video should show.',
    generate: 'Generate',
    queue: 'Add to queue',
    list: (lines: number) => `${count(lines, 'line')}: one video each`,
    listHint: 'Queue each line as a separate video',
  },
  enrich: {
    button: 'Enrich',
    hint: 'Writes a longer prompt, of the kind that this model was trained on. You can edit it.',
    stop: 'Writing… Stop',
    stopped: 'Stopped. Your prompt is as it was.',
    undo: 'Back to what I wrote',
    byBrowser: 'Written by the model in your browser. Nothing left this machine.',
    byWriter: (name: string) => `Written by ${name} on your GPU. Nothing left this machine.`,
    offer: (name: string, size: string, licence: string) =>
      `Better with a small model: ${name}, ${size}, ${licence}`,
    byTemplate: 'Filled in from a template.',
    failed: (why: string) => `The model could not write it, so a template was used. ${why}`,
  },
  picture: {
    reading: 'Reading the picture…',
    choose: 'Begin with a picture',
    first: (name: string) => `The clip begins with ${name}`,
    remove: 'Remove the picture',
    chooseLast: 'End with a picture',
    last: (name: string) => `The clip ends with ${name}`,
    removeLast: 'Remove the last picture',
    taken: (name: string) => `The clip will begin with ${name}.`,
    sizes: 'Sizes that fit the picture',
    sides: 'on the left and right',
    ends: 'at the top and bottom',
    shownFirst: {
      whole: 'The clip shows the whole picture.',
      part: (percent: number, cut: string) =>
        `The clip shows ${percent} % of the picture; the rest is cut off ${cut}.`,
    },
    shownLast: {
      whole: 'The clip ends with the whole of the last picture.',
      part: (percent: number, cut: string) =>
        `The clip ends with ${percent} % of the last picture; the rest is cut off ${cut}.`,
    },
    notTaken: (model: string) =>
      `${model} makes clips from text alone. Choose a model that takes a picture, such as Wan 2.2 TI2V 5B.`,
    useFrame: 'Begin with this frame',
    continues: (prompt: string) => `Continues “${prompt}”`,
    notContinue: 'Do not continue that clip',
    holdColours: 'Keep the colours',
    holdColoursAbout:
      'Brings colours and contrast back to those of the first clip in the series, so that they do not drift. It suits scenes that stay similar.',
    continued:
      'The next clip continues where this one ends. Change the prompt if something else should happen.',
    continuedByFile:
      'The next clip begins with the last frame of the MP4, which is compressed: only the newest clips keep an uncompressed one. Change the prompt if something else should happen.',
    continuedByOther:
      'The next clip begins with the last frame of the MP4, which is compressed: another model made this clip. Change the prompt if something else should happen.',
  },
  mini: {
    unknown: (words: string) => `Mini has never seen ${words}.`,
    knows:
      'Mini draws balls, boats, birds, fish, cars, balloons, rockets, stars, windmills and jellyfish. For anything else, use a Wan model.',
    short: 'Mini draws balls, boats, birds …; for anything else, use a Wan model.',
    askTitle: 'Mini cannot draw that',
    models: 'See the models',
    anyway: 'Draw it anyway',
  },
  estimate: {
    aboutHere: (time: string) => `about ${time} on this machine`,
    memory: (size: string) => `${size} of GPU memory`,
    disk: (size: string) => `${size} on the disk until it is done`,
    tooLarge: (needs: string, has: string) =>
      `Too large for this GPU: it needs ${needs}, and ${has} may be used. Try a smaller size or fewer frames.`,
    long: (time: string) =>
      `This takes about ${time}. Draft shows in a fraction of that time whether the idea works.`,
    unknown: 'The first video will show how fast this machine is.',
  },
  presets: {
    label: 'Quality',
    names: { draft: 'Draft', standard: 'Standard', quality: 'Quality' },
    steps: (steps: number) => count(steps, 'step'),
    about: {
      draft: 'Small and short: to try an idea.',
      standard: 'The model’s own settings.',
      quality: 'The best it can do, with the longest wait.',
    },
  },
  settings: {
    label: 'Settings',
    summary: (width: number, height: number, seconds: string, steps: number) =>
      `${width} × ${height}, ${seconds}, ${count(steps, 'step')}`,
    size: 'Size',
    shapes: { square: 'Square', wide: 'Wide', tall: 'Tall' },
    rowSize: (width: number, height: number) =>
      `A clip that continues another has the same size, ${width} × ${height}.`,
    untrained: (sizes: string) => `The model was trained at ${sizes}; other sizes often come out worse.`,
    oddSampler: (own: string) => `The model was trained for ${own}; it was not trained for this one.`,
    advanced: 'Advanced',
    random: 'random',
    reset: (name: string) => `Reset ${name}`,
    resetAll: 'Reset all settings',
    names: SETTING_LABELS,
    about: {
      prompt: '',
      negativePrompt: 'What the video should avoid. It only has an effect with guidance above 1.',
      seed: 'The number that the noise is made from. The same seed and settings give the same video.',
      width: 'pixels',
      height: 'pixels',
      numFrames: 'pictures in the clip',
      numInferenceSteps:
        'How many times the model removes some of the noise. More steps give finer detail and take longer.',
      guidanceScale: 'How closely the video follows the prompt. Above 1 the model runs twice per step.',
      guidanceScale2: 'The same for the second transformer, which does the last steps.',
      shift: 'How much of the work goes into large shapes rather than detail.',
      sampler: 'The method that removes the noise.',
      cache: 'Skips steps that would change little.',
      decoder: 'A tiny decoder is many times faster and a little less sharp.',
      upscale: 'A network enlarges every frame of the finished clip and keeps it crisp.',
    },
    range: (low: number, high: number) => `${low} to ${high}`,
    fewSteps: (title: string, low: number, high: number) =>
      low === high ? `${title}, ${count(low, 'step')}` : `${title}, ${low} to ${high} steps`,
    decoders: { full: 'the model’s own: sharp', tiny: 'tiny: fast' },
    noUpscale: 'off',
    upscaler: {
      choose: 'Use an upscaler from your disk',
      chosen: (name: string) => `Upscaler: ${name}`,
      remove: 'Remove the upscaler',
      about:
        'A compact upscaler, such as realesr-animevideov3.pth or realesr-general-x4v3.pth. It works with every model.',
    },
    caches: { off: 'off: every step runs', easy: 'EasyCache: skips quiet steps' },
    negativePlaceholder: 'what to avoid',
  },
  memory: {
    title: 'GPU memory',
    encode: 'Text encoder',
    denoise: 'Transformer',
    decode: 'Video decoder',
    atWork: (weights: string, work: string) => `${weights} weights + ${work} working memory`,
    format: 'Transformer precision',
    formats: { f16: '16 bits per weight', q8: '8 bits per weight', q4: '4 bits per weight' },
    streamed: (format: string) => `${format}, two blocks at a time`,
    peak: 'Peak',
    of: (some: string, all: string) => `${some} of ${all}`,
  },
  examples: 'Examples',
  model: {
    label: 'Model',
    better: (name: string, size: string, time: string | undefined) =>
      `For more than Mini knows: ${name}, ${size} to download${time === undefined ? '' : `, about ${time} per video here`}.`,
    see: 'See it',
  },
}
