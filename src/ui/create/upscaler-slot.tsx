import { useRef } from 'react'
import { useStore } from '../hooks'
import type { FormStore } from '../studio/form-store'
import { useWords } from '../text/language'

/** An upscaler of the user's own, for any model. */
export function UpscalerSlot({ form }: { form: FormStore }) {
  const {
    settings: { upscaler: text },
  } = useWords()
  useStore(form)
  const picker = useRef<HTMLInputElement>(null)
  const upscaler = form.upscaler()
  return (
    <div className="field wide">
      {upscaler === undefined ? (
        <button type="button" className="quiet-link" onClick={() => picker.current?.click()}>
          {text.choose}
        </button>
      ) : (
        <p className="line">
          {text.chosen(upscaler.name)}{' '}
          <button type="button" className="quiet-link" onClick={() => form.setUpscaler(undefined)}>
            {text.remove}
          </button>
        </p>
      )}
      <p className="about">{text.about}</p>
      <input
        ref={picker}
        type="file"
        accept=".pth,.pt,.safetensors"
        hidden
        aria-label={text.choose}
        onChange={(event) => {
          form.setUpscaler(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </div>
  )
}
