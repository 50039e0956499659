import { WanPipeline } from 'zoetrope'

const [form, status, video] = ['form', '[role=status]', 'video'].map((name) => document.querySelector(name))
const say = (text) => (status.textContent = text)

say('Loading the model …')
const pipe = await WanPipeline.fromPretrained('mini')
say(`${pipe.card.model.title} is ready on ${pipe.card.adapter}.`)

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { mp4, seconds } = await pipe(form.elements.prompt.value, {
    numFrames: 17,
    seed: 1,
    onProgress: ({ stage, step, steps }) => say(`${stage} ${step} of ${steps}`),
  })
  video.src = URL.createObjectURL(new Blob([mp4], { type: 'video/mp4' }))
  video.hidden = false
  say(`Made in ${seconds.toFixed(1)} s.`)
})
