// Where the element at `position` of a token's patch, counted in the order t, h, w, is in latents [C, T, H, W]. Reads
// params.{patch_t, patch_h, patch_w, grid_t, grid_h, grid_w}.
fn latent_index(channel: u32, token: u32, position: u32) -> u32 {
  let w = (token % params.grid_w) * params.patch_w + position % params.patch_w;
  let h = (token / params.grid_w % params.grid_h) * params.patch_h + position / params.patch_w % params.patch_h;
  let t = (token / (params.grid_w * params.grid_h)) * params.patch_t + position / (params.patch_w * params.patch_h);
  let frames = params.grid_t * params.patch_t;
  let height = params.grid_h * params.patch_h;
  let width = params.grid_w * params.patch_w;
  return ((channel * frames + t) * height + h) * width + w;
}
