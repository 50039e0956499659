import type { Words } from '../en'

export const help: Pick<Words, 'shortcuts' | 'help' | 'install' | 'update'> = {
  shortcuts: {
    title: '快捷键',
    single: '单个字母作为命令',
    rows: {
      generate: '生成，或加入队列',
      stop: '关闭最上层；按两次停止视频',
      prompt: '到提示词',
      gallery: '图库',
      create: '创作',
      models: '模型',
      random: '换成随机种子',
      help: '本页',
      play: '播放或暂停片段',
      frames: '逐帧查看',
    },
  },
  help: {
    title: '帮助',
    what: '这是什么',
    whatText:
      'Zoetrope 用一句话，或一句话加一张图片，生成短视频。模型在这个标签页里、在你自己的显卡上运行。提示词和视频不会离开这台机器；第一次打开之后，没有网络也能用。',
    words: '名词解释',
    privacy: '标明由 AI 生成',
    privacyText:
      '保存的每个文件都带有机器可读的标记（XMP 中的 IPTC 数字来源类型“trained algorithmic media”）；MP4 还带有配方：拖到本页就能再做一次。',
    data: '你的片段',
    dataText: '片段、队列和设置只存在这个浏览器里。',
    backupText: '备份里有全部片段、配方和图片。潜变量和片段结尾要大很多倍，不在备份里。',
    backup: '备份全部片段',
    backingUp: (percent) => `正在备份：${percent} %`,
    notBackedUp: (number) => `文件已丢失或无法读取而未备份：${number} 段。`,
    import: '恢复备份',
    imported: (number) => `已恢复 ${number} 段。`,
    leftOut: (names) => `已损坏而略过：${names}。`,
    deletedClips: (number) => `磁盘上还有已删除的片段：${number} 段。一天后或磁盘已满时会彻底删除。`,
    deleteForGood: '彻底删除',
    erase: '清除全部',
    eraseTitle: '清除全部？',
    eraseText: '将从这个浏览器删除所有片段、队列、设置和下载的模型。无法撤销。',
    eraseYes: '清除全部',
    eraseNo: '全部保留',
    erased: '已全部清除。',
    notErased: (names) =>
      `除 ${names} 外已全部清除。其他 Zoetrope 标签页可能正在使用它，请关闭后再清除一次。`,
    safari:
      'Safari 会删除七天没有打开的网页所存的内容。请安装本页（分享 → 添加到程序坞或主屏幕），或备份片段。',
    failed: '出错时怎么办',
    failedText: '关闭其他占资源的标签页，减小尺寸或帧数，更新显卡驱动和浏览器。报告有助于修复问题：',
    report: '复制报告',
    reportPrompt: '包含提示词',
    reportCopied: '报告已复制。',
    about: '关于',
    aboutText: (version) =>
      `Zoetrope ${version}，Apache-2.0。Wan 2.1 和 2.2 由阿里巴巴 Wan 团队开发，Apache-2.0。使用了 React、onnxruntime-web、transformers.js、mp4-muxer、Mediabunny、gifenc、fflate 和 idb。`,
  },
  install: {
    text: 'Zoetrope 可以安装：像应用一样打开，离线可用，浏览器也会保留你的片段。',
    yes: '安装',
  },
  update: {
    text: '新版本已就绪。页面会重新加载，片段和队列都会保留。',
    yes: '更新',
    no: '以后',
    reloading: '另一个标签页已更新 Zoetrope。请重新加载本页。',
    reloadLater: '另一个标签页已更新 Zoetrope。视频会继续生成；完成后请重新加载本页。',
    reload: '重新加载',
    noCopy: '本页没能存下供离线使用：有文件没有下载成功，或空间不足。其他功能一切正常，下次打开时会再试。',
  },
}
