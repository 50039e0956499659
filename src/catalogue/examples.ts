// Examples that were looked at: a prompt with the seed that it was found good with.

export interface Example {
  readonly prompt: string
  readonly seed: number
  /** Of the animated thumbnail in public/examples. */
  readonly thumbnail?: string
}

const MINI: readonly Example[] = [
  { prompt: 'a red rocket rises at night', seed: 2, thumbnail: 'red-rocket' },
  { prompt: 'a white balloon rises under water', seed: 1, thumbnail: 'white-balloon' },
  { prompt: 'a blue bird flies to the left by day', seed: 2, thumbnail: 'blue-bird' },
  { prompt: 'a yellow star stays still at night', seed: 2, thumbnail: 'yellow-star' },
  { prompt: 'a yellow car drives to the right in the snow', seed: 4, thumbnail: 'yellow-car' },
  { prompt: 'a red ball falls by day', seed: 4, thumbnail: 'red-ball' },
]

/** Larger models know the world, and were trained on long prompts. */
const WAN: readonly Example[] = [
  {
    prompt:
      'A paper boat drifts down a rain gutter, close to the water, soft morning light, shallow depth of field',
    seed: 7,
  },
  { prompt: 'A red fox walks through fresh snow between birches, seen from the side, slow pan', seed: 11 },
  {
    prompt:
      'Steam rises from a bowl of noodles on a wooden counter, the camera moves in slowly, warm evening light',
    seed: 3,
  },
  {
    prompt:
      'An old tram climbs a steep street at dusk, its windows glowing, wet cobblestones reflect the light',
    seed: 5,
  },
]

export function examplesFor(modelId: string | undefined): readonly Example[] {
  return modelId !== undefined && /wan/i.test(modelId) ? WAN : MINI
}
