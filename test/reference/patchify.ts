type Size3 = readonly [number, number, number]

function* patches(
  [pt, ph, pw]: Size3,
  [gt, gh, gw]: Size3,
): Generator<{ token: number; inside: Size3; position: Size3 }> {
  for (let token = 0; token < gt * gh * gw; token++) {
    const [t, h, w] = [Math.floor(token / (gh * gw)), Math.floor(token / gw) % gh, token % gw]
    for (let a = 0; a < pt; a++)
      for (let b = 0; b < ph; b++)
        for (let e = 0; e < pw; e++)
          yield { token, inside: [a, b, e], position: [t * pt + a, h * ph + b, w * pw + e] }
  }
}

/** latents [C, T, H, W] → [L, C·pt·ph·pw]. */
export function patchify(latents: ArrayLike<number>, C: number, patch: Size3, grid: Size3): Float64Array {
  const [T, H, W] = [patch[0] * grid[0], patch[1] * grid[1], patch[2] * grid[2]]
  const tokens = new Float64Array(C * T * H * W)
  const volume = patch[0] * patch[1] * patch[2]
  for (const { token, inside, position } of patches(patch, grid))
    for (let c = 0; c < C; c++)
      tokens[
        token * C * volume + ((c * patch[0] + inside[0]) * patch[1] + inside[1]) * patch[2] + inside[2]
      ] = latents[((c * T + position[0]) * H + position[1]) * W + position[2]]!
  return tokens
}

/** [L, pt·ph·pw·C] → [C, T, H, W]. */
export function unpatchify(tokens: ArrayLike<number>, C: number, patch: Size3, grid: Size3): Float64Array {
  const [T, H, W] = [patch[0] * grid[0], patch[1] * grid[1], patch[2] * grid[2]]
  const latents = new Float64Array(C * T * H * W)
  const volume = patch[0] * patch[1] * patch[2]
  for (const { token, inside, position } of patches(patch, grid))
    for (let c = 0; c < C; c++)
      latents[((c * T + position[0]) * H + position[1]) * W + position[2]] =
        tokens[token * C * volume + ((inside[0] * patch[1] + inside[1]) * patch[2] + inside[2]) * C + c]!
  return latents
}
