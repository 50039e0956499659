/** Name and version that go into recipes; the version is package.json's (a test compares them). */
export const APP = { name: 'Zoetrope', version: '0.1.0' } as const
