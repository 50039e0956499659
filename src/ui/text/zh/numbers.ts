import { formatBytes, percentOf, type Pace } from '../../words'

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} 秒`
  if (seconds < 60) return `${Math.round(seconds)} 秒`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} 分 ${Math.round(seconds % 60)} 秒`
  return `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分`
}

/** “12 到 18 秒”：两端都用较大一端的单位。 */
export function range(low: number, high: number): string {
  const [divisor, unit] =
    high < 90 ? [1, '秒'] : high < 5400 ? [60, '分钟'] : high < 172_800 ? [3600, '小时'] : [86_400, '天']
  const rounded = (value: number): number =>
    divisor === 3600
      ? Math.max(0.5, Math.round((2 * value) / divisor) / 2)
      : Math.max(1, Math.round(value / divisor))
  const [from, to] = [rounded(low), rounded(high)]
  return from === to ? `${to} ${unit}` : `${from} 到 ${to} ${unit}`
}

function minutes(seconds: number): string {
  const whole = Math.round(seconds / 60)
  return whole < 60 ? `${whole} 分钟` : `${Math.floor(whole / 60)} 小时 ${whole % 60} 分`
}

export function pace(given: Pace): string {
  const { bytesPerSecond, secondsLeft } = given
  const parts = [`${percentOf(given)} %`]
  if (bytesPerSecond !== undefined && bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/秒`)
  if (secondsLeft !== undefined && Number.isFinite(secondsLeft))
    parts.push(secondsLeft < 60 ? '不到一分钟' : `大约还要 ${minutes(secondsLeft)}`)
  return parts.join(' · ')
}
