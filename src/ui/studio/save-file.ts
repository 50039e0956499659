import { releaseLater } from '../object-url'

/** Hands a file to the browser's downloads. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  releaseLater(url)
}

export function canShareFiles(): boolean {
  const probe = new File([''], 'clip.mp4', { type: 'video/mp4' })
  return navigator.canShare?.({ files: [probe] }) === true
}

/** The system's share sheet; nothing happens where the person closes it. */
export async function shareFile(file: Blob, name: string, title: string): Promise<void> {
  await navigator
    .share({ files: [new File([file], name, { type: 'video/mp4' })], title })
    .catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    })
}
