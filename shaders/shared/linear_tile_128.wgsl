// 128 tokens by 128 outputs, 16 by 16 lanes: half of the reads of memory, for a GPU with work for all its units.
const TILE_TOKENS = 128u;
const TILE_ROWS = 128u;
const INVOCATIONS = 256u;
#import linear_shared
