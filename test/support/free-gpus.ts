// Set up for every file that uses a GPU: it begins with empty devices.
import { afterAll } from 'vitest'
import { freeTestGpus } from './gpu'

afterAll(freeTestGpus)
