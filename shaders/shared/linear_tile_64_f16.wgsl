enable f16;
// 64 tokens by 64 outputs, 8 by 8 lanes, products in f16.
const TILE_TOKENS = 64u;
const TILE_ROWS = 64u;
const INVOCATIONS = 64u;
#import linear_shared_f16
