/** The advice where shapes do not determine the config. */
export const CONFIG_HINT =
  'put a config.json with its numbers beside it (textEncoder, dit and vae, as in the config of a manifest.json)'
