enable f16;
// 128 tokens by 128 outputs, 16 by 16 lanes, products in f16.
const TILE_TOKENS = 128u;
const TILE_ROWS = 128u;
const INVOCATIONS = 256u;
#import linear_shared_f16
