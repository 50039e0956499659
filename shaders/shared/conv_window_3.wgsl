// All 3 x 3 taps at once, CHUNK channels of them.
const WINDOW = 3u;
const CHUNK = 4u;
