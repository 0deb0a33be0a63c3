/** playwright-extra: the same plugins, and no code of ours at any page either. */
import { chromium as vanillaChromium } from 'playwright'
import { addExtra } from 'playwright-extra'
import { PuppeteerExtraPluginRecaptcha } from 'puppeteer-extra-plugin-recaptcha'
import { createRegotchaFeedback, regotchaFeedback, url } from 'puppeteer-extra-plugin-regotcha-feedback'
import { regotcha } from './provider.ts'
import { finish, launchOptions, poll, sandbox } from './surroundings.ts'

const chromium = addExtra(vanillaChromium)
const provider = regotcha(poll)
const feedback = createRegotchaFeedback()
feedback.on('verdict', ({ verdict }) => console.log(String(verdict)))

chromium.use(new PuppeteerExtraPluginRecaptcha({ provider }))
chromium.use(regotchaFeedback({ acceptedWhen: url('**/dashboard'), feedback }))

const browser = await chromium.launch(launchOptions)
const page = await browser.newPage()
await page.goto(sandbox.url('recaptcha'))
await page.solveRecaptchas()
await page.click('button[type=submit]')
await page.waitForURL('**/dashboard')

await feedback.close() // what has arrived is judged and delivered
await browser.close()
await finish()
