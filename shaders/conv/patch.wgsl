// The input pixels under a tile of ROWS × COLUMNS pixels, for the taps of a WINDOW, and the way through the input.
//! given WINDOW, ROWS, COLUMNS, INVOCATIONS
const PITCH = COLUMNS + WINDOW - 1u;
const PATCH = (ROWS + WINDOW - 1u) * PITCH;
// px / PITCH = (px * PITCH_INVERSE) >> 16 for px < PATCH: SIMD units have no integer division.
const PITCH_INVERSE = 65536u / PITCH + 1u;

var<workgroup> sh_pixel: array<i32, PATCH>; // offset of each pixel's first channel, negative outside the frame

// Where the patch of a tile lies in the input, for one tap of those outside the window.
fn place_patch(lane: u32, corner: vec2<u32>, tap: vec2<u32>) {
  let size = vec2(params.in_width, params.in_height) << vec2(params.upsample);
  for (var i = lane; i < PATCH; i += INVOCATIONS) {
    let row = (i * PITCH_INVERSE) >> 16u;
    let at = (corner + vec2(i - row * PITCH, row)) * params.stride + tap - params.pad; // wraps below zero
    let source = at >> vec2(params.upsample);
    sh_pixel[i] = select(-1, i32(((source.y - params.first_in_row) * params.in_width + source.x) * params.in_channels), all(at < size));
  }
}

// Where a workgroup is in the input: a frame, a tap of those outside the window, a chunk of channels.
struct Place {
  frame: u32,
  tap: vec2<u32>,
  chunk: u32,
}

fn first_place() -> Place {
  return Place(params.first_frame + 3u - params.kernel_t, vec2(0u), 0u);
}

// Chunk by chunk, then tap by tap, then frame by frame.
fn next_place(at: Place, chunks: u32, taps: u32) -> Place {
  let chunk = (at.chunk + 1u) % chunks;
  let x = select(at.tap.x, (at.tap.x + 1u) % taps, chunk == 0u);
  let y = select(at.tap.y, (at.tap.y + 1u) % taps, chunk == 0u && x == 0u);
  return Place(at.frame + select(0u, 1u, chunk == 0u && x == 0u && y == 0u), vec2(x, y), chunk);
}
