import type { Words } from '../en'

export const check: Pick<Words, 'check'> = {
  check: {
    title: '自检',
    about:
      '在你自己的显卡上做一些小计算，与随本页附带的参考结果对照：每个内核的每种可用变体，然后是自带模型的各个部分。只要几秒钟，没有任何内容离开这台机器。',
    start: '检查这块显卡',
    again: '再检查一次',
    cancel: '取消',
    preparing: '正在准备…',
    progress: (done, of) => `已检查 ${done} 项，共 ${of} 项`,
    allRight: (error) => `全部正确，误差不超过 ${error}。`,
    someWrong: (names) => `这块显卡算错了：${names}。`,
    advice: '请更新显卡驱动和浏览器，然后再检查一次。如果仍然有错，请附上复制的报告反馈给我们。',
    busy: '正在生成视频。完成之后才能自检。',
    report: '复制报告',
    line: '复制一行结果用来分享',
    copied: '已复制。',
    what: '检查项',
    error: '相对误差',
    verdict: '结果',
    isRight: '正确',
    isWrong: '错误',
    open: '检查这块显卡',
    openText: '颜色奇怪、满屏噪点或一片灰？自检可以查出显卡算得对不对。',
  },
}
