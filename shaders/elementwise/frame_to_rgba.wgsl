// rgba[p] = bytes (R, G, B, 255), the first one lowest; each = floor(127.5 * clamp(frame[p, c], -1, 1) + 128), at most 255
// frame [H, W, 3] scalar -> rgba [H, W] u32; pixels p = H W.
// One workgroup packs INVOCATIONS pixels: grid (ceil(H W / INVOCATIONS), 1, 1).
// A value that is not a number must not come in: its byte would be unspecified.
// Reference: test/reference/frame_to_rgba.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> frame: array<scalar>;
@group(0) @binding(1) var<storage, read_write> rgba: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let pixel = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (pixel >= params.pixels) {
    return;
  }
  let colour = vec3(f32(frame[3u * pixel]), f32(frame[3u * pixel + 1u]), f32(frame[3u * pixel + 2u]));
  let bytes = vec3<u32>(min(127.5 * clamp(colour, vec3(-1.0), vec3(1.0)) + 128.0, vec3(255.0)));
  rgba[pixel] = bytes.r | (bytes.g << 8u) | (bytes.b << 16u) | 0xff000000u;
}
