// A thread does not inherit tsx, which runs our TypeScript.
import { register } from 'tsx/esm/api'

register()
await import('./worker.ts')
