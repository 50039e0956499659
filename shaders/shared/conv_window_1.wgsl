// One tap at a time, CHUNK channels of it: any kernel size and stride.
const WINDOW = 1u;
const CHUNK = 16u;
