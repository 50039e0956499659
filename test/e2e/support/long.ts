/** With `npm run test:long`: cases that differ little from others, and cost a browser or a clip each. */
export const IS_LONG = import.meta.env.MODE === 'long'
