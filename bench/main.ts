// npm run bench: bundles the bench for Node (Vite reads the shaders) and runs it. `--help` lists the options.
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleBench } from './bundle'

const FOLDER = fileURLToPath(new URL('../node_modules/.zoetrope-bench', import.meta.url)) // inside node_modules, so that packages resolve

await import(pathToFileURL(await bundleBench(FOLDER)).href)
