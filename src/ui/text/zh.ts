// Every text of the page, in Chinese.
import { formatBytes } from '../words'
import type { Words } from './en'
import { check } from './zh/check'
import { clips } from './zh/clips'
import { control } from './zh/control'
import { create } from './zh/create'
import { help } from './zh/help'
import { live } from './zh/live'
import { loras } from './zh/loras'
import { models } from './zh/models'
import { duration, pace, range } from './zh/numbers'
import { sentence } from './zh/sentences'

export const zh: Words = {
  code: 'zh',
  name: '中文',
  bytes: formatBytes,
  duration,
  pace,
  range,
  sentence,
  stages: {
    load: '正在加载模型',
    tokenise: '正在读提示词',
    tune: '正在为这块 GPU 调优',
    encode: '正在理解提示词',
    condition: '正在读取图片',
    denoise: '正在想象',
    decode: '正在冲洗画面',
    finish: '正在完成视频',
  },
  problems: {
    'no-webgpu': '缺少 WebGPU',
    'no-adapter': '没有可用的 GPU',
    limit: '这块 GPU 太小',
    'out-of-memory': '显存不足',
    'device-lost': 'GPU 停了',
    'other-gpu': '这段视频是在其他条件下开始的',
    'invalid-settings': '这样做不出来',
    'model-missing': '找不到模型',
    'model-invalid': '模型文件无法使用',
    'codec-missing': '没有视频编码器',
    'video-broken': '编码失败',
    'not-finite': '数值出错',
    'storage-failed': '存储失败',
    'no-storage': '这个浏览器在这里不保存内容',
    'engine-missing': '引擎没有启动',
    'engine-broken': '引擎出了故障',
    busy: '一次只能做一段',
    cancelled: '已取消',
    internal: '出了问题',
  },
  problemAdvice: {
    'no-webgpu': '请用最新的 Chrome、Edge 或 Safari 26 打开本页。',
    'no-adapter': '请更新显卡驱动，在浏览器设置里打开硬件加速，然后重启浏览器。',
    limit: '请减小尺寸或帧数，或换一个较小的模型。',
    'out-of-memory': '请减小尺寸或帧数，或关闭其他占用显存的程序。',
    'device-lost': '请关闭其他占资源的标签页，然后重试。',
    'other-gpu': '可以在这里继续，但其余部分会与原来的略有不同；也可以放弃。',
    'model-missing': '请重新选择模型的文件，或换一个模型。',
    'model-invalid': '请重新下载，或换一个文件。',
    'codec-missing': '请换一个尺寸，或用最新的 Chrome、Edge 或 Safari。',
    'video-broken': '请在浏览器设置里关闭硬件编码，或换一个浏览器。',
    'not-finite': '请重试，或换一种精度。',
    'storage-failed': '请腾出一些磁盘空间，然后重试。',
    'no-storage': '隐私窗口常常如此：请用普通窗口。',
    'engine-missing': '请检查网络，重新加载本页。',
    'engine-broken': '请再试一次；如果仍然不行，请重新加载本页。',
    internal: '请重试；还不行就重新加载本页。',
  },
  close: '关闭',
  title: 'Zoetrope：在自己的 GPU 上用文字生成视频',
  heading: '写下来，看它动。',
  promise: (adapter) =>
    `在你自己的 GPU${adapter === undefined ? '' : `（${adapter}）`}上生成。可以离线使用，没有任何内容离开这台机器。`,
  promiseOpening: '在你自己的 GPU 上生成。可以离线使用，没有任何内容离开这台机器。',
  nav: {
    label: '页面',
    create: '创作',
    gallery: '图库',
    models: '模型',
    help: '帮助',
    offline: '离线：一切照常',
    running: (percent) => `${percent} %：回到正在生成的视频`,
  },
  footer: {
    theme: '主题',
    themes: { auto: '自动', light: '浅色', dark: '深色' },
    language: '语言',
    shortcuts: '快捷键',
    install: '安装',
  },
  ...create,
  ...control,
  ...clips,
  ...models,
  ...loras,
  ...help,
  ...check,
  ...live,
}
