// The dialog of models, by its own buttons.
import type { Locator, Page } from 'playwright-core'

/** The one of the catalogue that the tests download. */
export const WAN = 'Wan 2.1 T2V 1.3B'

/** Opens it. */
export const row = (page: Page): Locator => page.getByRole('button', { name: /^Model(?!s)/ })

export const dialog = (page: Page): Locator => page.getByRole('dialog', { name: 'Models' })

export const card = (page: Page, name = WAN): Locator =>
  dialog(page)
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name, exact: true }) })

export const press = (page: Page, button: string): Promise<void> =>
  card(page).getByRole('button', { name: button, exact: true }).click()

/** Begins the download of a model from a server of the tests. */
export async function downloadFrom(page: Page, address: string, name = WAN): Promise<void> {
  const wanted = card(page, name)
  await wanted.getByText('Files and sources').click()
  await wanted.getByLabel('Another address for these files').fill(address)
  await wanted.getByRole('button', { name: 'Download from there', exact: true }).click()
}
