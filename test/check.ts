// npm run check: what needs neither a GPU nor a browser, for before each commit. The last line is `N passed, N failed`.
import { finish, staticChecks, vitest } from './steps'

finish([...staticChecks(), vitest('unit', ['test/unit'])])
