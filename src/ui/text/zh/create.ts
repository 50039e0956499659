import type { Words } from '../en'

type Part = Pick<
  Words,
  | 'prompt'
  | 'enrich'
  | 'picture'
  | 'mini'
  | 'estimate'
  | 'presets'
  | 'settings'
  | 'memory'
  | 'examples'
  | 'model'
>

export const create: Part = {
  prompt: {
    label: '提示词',
    placeholder: '一条绿色的小鱼在水下慢慢向左游',
    empty: '提示词是空的：请描述视频里要出现什么。',
    generate: '生成',
    queue: '加入队列',
    list: (lines) => `${lines} 行，每行一段视频`,
    listHint: '每一行单独生成一段视频',
  },
  enrich: {
    button: '润色',
    hint: '写成模型训练时用的那种较长的提示词，写好后可以再改。',
    stop: '正在写… 停止',
    stopped: '已停止，提示词没有改动。',
    undo: '恢复我写的',
    byBrowser: '由浏览器内置的模型写成，没有任何内容离开这台机器。',
    byWriter: (name) => `由 ${name} 在你的 GPU 上写成，没有任何内容离开这台机器。`,
    offer: (name, size, licence) => `用小模型写得更好：${name}，${size}，${licence}`,
    byTemplate: '按模板补全。',
    failed: (why) => `模型没能写出来，已改用模板。${why}`,
  },
  picture: {
    reading: '正在读取图片…',
    choose: '从图片开始',
    first: (name) => `片段从 ${name} 开始`,
    remove: '不用图片',
    chooseLast: '以图片结束',
    last: (name) => `片段以 ${name} 结束`,
    removeLast: '不用结尾图片',
    taken: (name) => `片段将从 ${name} 开始。`,
    sizes: '适合这张图片的尺寸',
    sides: '左右两侧',
    ends: '上下两端',
    shownFirst: {
      whole: '片段会显示整张图片。',
      part: (percent, cut) => `片段会显示图片的 ${percent}%：框外的${cut}会被裁掉。`,
    },
    shownLast: {
      whole: '片段结尾会显示整张结尾图片。',
      part: (percent, cut) => `片段结尾会显示结尾图片的 ${percent}%：框外的${cut}会被裁掉。`,
    },
    notTaken: (model) => `${model} 只能用文字生成。请选择支持图片的模型，例如 Wan 2.2 TI2V 5B。`,
    useFrame: '从这一帧开始',
    continues: (prompt) => `接续“${prompt}”`,
    notContinue: '不接续那段',
    holdColours: '保持色彩',
    holdColoursAbout: '把色彩和反差调回这一串片段中第一段的样子，避免逐渐偏移。适合画面前后相近的场景。',
    continued: '下一段会从这段的结尾接着往下做。想要不同的内容，请改提示词。',
    continuedByFile:
      '下一段会从 MP4 的最后一帧开始，这一帧经过压缩：未压缩的结尾只为最新的片段保留。想要不同的内容，请改提示词。',
    continuedByOther:
      '下一段会从 MP4 的最后一帧开始，这一帧经过压缩：这段是用另一个模型做的。想要不同的内容，请改提示词。',
  },
  mini: {
    unknown: (words) => `Mini 从没见过 ${words}。`,
    knows: 'Mini 只会画球、船、鸟、鱼、汽车、气球、火箭、星星、风车和水母，而且只懂英文。其他内容请用 Wan。',
    short: 'Mini 只会画球、船、鸟等，而且只懂英文；其他内容请用 Wan。',
    askTitle: '这个 Mini 画不了',
    models: '查看模型',
    anyway: '仍然生成',
  },
  estimate: {
    aboutHere: (time) => `在这台机器上大约 ${time}`,
    memory: (size) => `${size} 显存`,
    disk: (size) => `完成前占用磁盘 ${size}`,
    tooLarge: (needs, has) => `这块 GPU 放不下：需要 ${needs}，可用 ${has}。请减小尺寸或帧数。`,
    long: (time) => `这段大约需要 ${time}。先用“草稿”，很快就能看出想法行不行。`,
    unknown: '做完第一段视频，就知道这台机器有多快。',
  },
  presets: {
    label: '质量',
    names: { draft: '草稿', standard: '标准', quality: '精细' },
    steps: (steps) => `${steps} 步`,
    about: {
      draft: '又小又短，用来试想法。',
      standard: '模型自己的设定。',
      quality: '模型能做到的最好，也最慢。',
    },
  },
  settings: {
    label: '设置',
    summary: (width, height, seconds, steps) => `${width} × ${height}，${seconds}，${steps} 步`,
    size: '尺寸',
    shapes: { square: '方形', wide: '横向', tall: '竖向' },
    rowSize: (width, height) => `接续的片段沿用前一段的尺寸：${width} × ${height}。`,
    untrained: (sizes) => `模型是在 ${sizes} 下训练的；其他尺寸效果常常较差。`,
    oddSampler: (own) => `模型是为 ${own} 训练的，没有学过这个采样器。`,
    advanced: '高级',
    random: '随机',
    reset: (name) => `恢复${name}`,
    resetAll: '恢复全部设置',
    names: {
      prompt: '提示词',
      negativePrompt: '反向提示词',
      seed: '种子',
      width: '宽度',
      height: '高度',
      numFrames: '帧数',
      numInferenceSteps: '步数',
      guidanceScale: '引导强度',
      guidanceScale2: '引导强度 2',
      shift: '偏移',
      sampler: '采样器',
      cache: '缓存',
      decoder: '解码器',
      upscale: '放大',
    },
    about: {
      prompt: '',
      negativePrompt: '画面要避开的内容。引导强度大于 1 时才起作用。',
      seed: '生成噪声用的数字。种子和设置相同，视频就相同。',
      width: '像素',
      height: '像素',
      numFrames: '视频里的画面数',
      numInferenceSteps: '模型分多少次去除噪声。次数越多越精细，也越慢。',
      guidanceScale: '视频贴近提示词的程度。大于 1 时每步要运行模型两次。',
      guidanceScale2: '第二个 Transformer（负责最后几步）的引导强度。',
      shift: '在细节之前，有多少工作用在大的形状上。',
      sampler: '去除噪声的规则。',
      cache: '略过变化很小的步骤。',
      decoder: '微型解码器快许多倍，画面稍欠锐利。',
      upscale: '由一个网络把成片的每一帧变大、变清晰。',
    },
    range: (low, high) => `${low} 到 ${high}`,
    fewSteps: (title, low, high) => (low === high ? `${title}，${low} 步` : `${title}，${low} 到 ${high} 步`),
    decoders: { full: '完整：清晰', tiny: '微型：快速' },
    noUpscale: '关闭',
    upscaler: {
      choose: '使用磁盘上的放大模型',
      chosen: (name) => `放大模型：${name}`,
      remove: '不用放大模型',
      about: '紧凑型放大模型，例如 realesr-animevideov3.pth 或 realesr-general-x4v3.pth，任何模型都能用。',
    },
    caches: { off: '关闭：每一步都运行', easy: 'EasyCache：略过平静的步骤' },
    negativePlaceholder: '不想出现的内容',
  },
  memory: {
    title: '显存',
    encode: '文本编码器',
    denoise: 'Transformer',
    decode: '视频解码器',
    atWork: (weights, work) => `权重 ${weights} + 运行时 ${work}`,
    format: 'Transformer 精度',
    formats: { f16: '每个权重 16 位', q8: '每个权重 8 位', q4: '每个权重 4 位' },
    streamed: (format) => `${format}，每次两块`,
    peak: '同时最多占用',
    of: (some, all) => `${some}，上限 ${all}`,
  },
  examples: '示例',
  model: {
    label: '模型',
    better: (name, size, time) =>
      `想画更多内容：${name}，需下载 ${size}${time === undefined ? '' : `，在这里每段大约 ${time}`}。`,
    see: '查看',
  },
}
