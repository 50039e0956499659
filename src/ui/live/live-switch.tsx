import { useWords } from '../text/language'

/** Whether the button makes a clip, or a film that plays while it is made. */
export function LiveSwitch({ isLive, onChange }: { isLive: boolean; onChange(isLive: boolean): void }) {
  const words = useWords()
  const option = (value: boolean, label: string, about: string) => (
    <label title={about}>
      <input
        type="radio"
        name="way"
        className="visually-hidden"
        checked={isLive === value}
        onChange={() => onChange(value)}
      />
      <span>{label}</span>
    </label>
  )
  return (
    <fieldset className="ways">
      <legend className="visually-hidden">{words.live.way}</legend>
      {option(false, words.live.clip, words.live.aboutClip)}
      {option(true, words.live.live, words.live.aboutLive)}
    </fieldset>
  )
}
