/** puppeteer-extra with its recaptcha plugin: no code of ours at any page. */
import vanillaPuppeteer from 'puppeteer'
import { addExtra, type VanillaPuppeteer } from 'puppeteer-extra'
import { PuppeteerExtraPluginRecaptcha } from 'puppeteer-extra-plugin-recaptcha'
import { createRegotchaFeedback, regotchaFeedback, url } from 'puppeteer-extra-plugin-regotcha-feedback'
import { regotcha } from './provider.ts'
import { finish, launchOptions, poll, sandbox } from './surroundings.ts'

const puppeteer = addExtra(vanillaPuppeteer as unknown as VanillaPuppeteer)
const provider = regotcha(poll)
const feedback = createRegotchaFeedback()
feedback.on('verdict', ({ verdict }) => console.log(String(verdict)))

puppeteer.use(new PuppeteerExtraPluginRecaptcha({ provider }))
puppeteer.use(regotchaFeedback({ acceptedWhen: url('**/dashboard'), feedback }))

const browser = await puppeteer.launch(launchOptions)
const page = await browser.newPage()
await page.goto(sandbox.url('recaptcha'))
await page.solveRecaptchas()
await Promise.all([page.waitForNavigation(), page.click('button[type=submit]')])

await feedback.close() // what has arrived is judged and delivered
await browser.close()
await finish()
