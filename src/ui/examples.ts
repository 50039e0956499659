/** Prompts from the world that the bundled model knows. */
const MINI_EXAMPLES = [
  'a red ball bounces by day',
  'a purple jellyfish rises under water',
  'a yellow star spins at night',
  'a blue boat moves right at sunset',
  'a green windmill spins in the rain',
  'an orange balloon rises in snow',
] as const

/** Larger models know the world, and like it told in full. */
const WAN_EXAMPLES = [
  'A paper boat drifts down a rain gutter, close to the water, soft morning light',
  'A red fox walks through fresh snow between birches, seen from the side',
  'Steam rises from a bowl of noodles on a wooden counter, the camera moves in slowly',
  'An old tram climbs a steep street at dusk, its windows glowing',
] as const

export function examplesFor(modelId: string | undefined): readonly string[] {
  return modelId?.startsWith('wan') === true ? WAN_EXAMPLES : MINI_EXAMPLES
}
