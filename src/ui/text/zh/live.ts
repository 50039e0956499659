import type { Words } from '../en'

export const live: Pick<Words, 'live'> = {
  live: {
    way: '生成方式',
    clip: '片段',
    live: '边做边播',
    aboutClip: '固定长度的片段，做完再播放。',
    aboutLive: '边生成边播放，想播多久就播多久。',
    play: '播放',
    wait: '正在生成片段，完成后即可播放影片。',
    change: '更换提示词',
    changed: '新的提示词从下一段起生效。',
    stop: '停止并保留',
    stopping: '正在完成这一段',
    extend: '续拍',
    film: '正在生成的影片',
    made: (time) => `已生成 ${time}`,
    speed: (factor) => `${factor} 倍实时速度`,
    first: (time) => `${time} 后出现第一帧`,
    playing: {
      starting: '正在开始',
      'real-time': '播放中，与实时同步',
      slower: '播放中，慢于实时',
      waiting: '正在等待下一段',
    },
    rescued: '页面关闭时正在生成的影片已保留。',
  },
}
