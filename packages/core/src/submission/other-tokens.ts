/** Distinguishes other captchas' tokens, whose outcome says nothing about this one, from tokens sent along with it. */

import type { ObservedRequest } from '../page/source.ts'
import { siteOf } from '../page/url.ts'
import type { Scene, Story } from './story.ts'
import { byFields, companionsOf, hasAnother, hasOtherCode, namesOf, vendors } from './submission.ts'

export const isOfSite = ({ sites }: Story, url: string) => sites.has(siteOf(url)) && !vendors.test(url)

/** The names of the fields that hold other tokens. */
const othersIn = ({ token }: Scene, request: ObservedRequest) =>
  token && byFields(request) ? companionsOf(request, token) : []

/** Notes the fields that hold other tokens. Returns whether there are any. */
export function meetOthers(scene: Scene, request: ObservedRequest): boolean {
  const others = othersIn(scene, request)
  for (const name of others) scene.story.companions.add(name)
  return others.length > 0
}

/** Learns from a request that carries the token: its sites and fields. Returns whether it carries other tokens, too. */
export function learnFrom(scene: Scene, request: ObservedRequest): boolean {
  const { token, source, story } = scene
  story.sites.add(siteOf(request.url)).add(siteOf(source.url()))
  if (token !== undefined) for (const name of namesOf(token, request)) story.fields.add(name)
  story.hasOtherCode ||= hasOtherCode(token ?? '', request)
  return meetOthers(scene, request)
}

/** Whether a request without the token carries another one: that of the next attempt, or of another captcha. */
export function isAnother(scene: Scene, request: ObservedRequest): boolean {
  const { token, story } = scene
  if (token === undefined) return byFields(request) !== undefined
  const isNew = othersIn(scene, request).some((name) => !story.companions.has(name))
  return isNew || (isOfSite(story, request.url) && hasAnother(token, story.fields, request))
}
