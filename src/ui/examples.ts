/** Prompts from the world that the bundled model knows. */
export const EXAMPLES = [
  'a red ball bounces by day',
  'a purple jellyfish rises under water',
  'a yellow star spins at night',
  'a blue boat moves right at sunset',
  'a green windmill spins in the rain',
  'an orange balloon rises in snow',
] as const
