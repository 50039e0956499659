import type { loras as en } from '../en/loras'

export const loras: typeof en = {
  loras: {
    label: 'LoRA 微调',
    one: 'LoRA 文件',
    about: '风格、人物、更少步数',
    inUse: (number) => `正在使用 ${number} 个`,
    add: '添加 LoRA',
    adding: '正在复制到这个浏览器…',
    orDrop: '或把文件拖到页面上；文件保存在这个浏览器里',
    addBundled: (title) => `添加随本页提供的${title}`,
    titles: { 'Night neon': '“霓虹之夜”' },
    strength: (name) => `${name} 的强度`,
    remove: (name) => `从这个浏览器移除 ${name}`,
    triggers: '触发词：',
    addWord: (word) => `把“${word}”加入提示词`,
    applied: (applied, of) => `已应用 ${applied} 层，共 ${of} 层。`,
    leftOut: '模型中没有对应位置而略去的张量',
    missing: (names) => `配方还用了 ${names}，这个浏览器里没有。请在这里添加。`,
    without: '不用它继续',
    added: (name) => `${name} 已加入 LoRA 列表。`,
  },
}
