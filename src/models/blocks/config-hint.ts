/** What else gives the numbers where shapes do not. */
export const CONFIG_HINT =
  'put a config.json with its numbers beside it (textEncoder, dit and vae, as in the config of a manifest.json)'
