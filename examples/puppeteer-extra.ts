/** puppeteer-extra: a plugin that gives each page a method. */
import vanillaPuppeteer from 'puppeteer'
import { addExtra, type VanillaPuppeteer } from 'puppeteer-extra'
import { regotchaFeedback, url } from 'puppeteer-extra-plugin-regotcha-feedback'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

const puppeteer = addExtra(vanillaPuppeteer as unknown as VanillaPuppeteer)

puppeteer.use(regotchaFeedback())

const browser = await puppeteer.launch(launchOptions)
const page = await browser.newPage()
await page.goto(loginPage)
const { taskId, token } = await solve()

const { feedback } = page.regotchaFeedback(taskId, {
  token,
  acceptedWhen: url('**/dashboard'),
})
await page.$eval('[name=g-recaptcha-response]', (field, t) => ((field as HTMLTextAreaElement).value = t), token)
await page.click('button[type=submit]')

console.log(String(await feedback.verdict))
await feedback.delivery
await browser.close()
await finish()
