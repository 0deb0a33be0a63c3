import { z } from 'zod'
import { functionOf, milliseconds, text } from '../options.ts'
import type { SentRequest } from '../page/source.ts'
import { isWeb } from '../page/url.ts'
import type { Natives } from '../predicates/evidence.ts'
import { type Predicates, predicates, type SiteRule, siteRules } from '../predicates/sites.ts'
import { type Token, tokenSchema } from '../token.ts'

/** Tells which request is the submission, and how long to wait for what. Times are in milliseconds. */
export interface SubmissionOptions {
  /**
   * The token itself, or the answer of `getTaskResult` that has it: the request that carries it is the submission.
   * Recommended; it is never stored or sent anywhere.
   */
  readonly token?: Token | undefined
  /** Which request is the submission, where the token can't be found in it. */
  readonly submittedWhen?: ((request: SentRequest) => boolean) | undefined
  /**
   * Whose evidence is judged: `submission` is the submission's own answer and the navigations that follow it, `page`
   * each response of the page from there on, but for scripts, styles, images and the like. Default: `submission` with `token` or `submittedWhen`, else `page`.
   */
  readonly scope?: 'submission' | 'page' | undefined
  /** From arming to the submission. Default: 120,000, what a token lives. */
  readonly submissionTimeout?: number | undefined
  /** From the submission to the verdict. Default: 30,000. */
  readonly verdictTimeout?: number | undefined
  /** For one predicate's answer to one piece of evidence, reading the body included. Default: 10,000. */
  readonly predicateTimeout?: number | undefined
  /** A folder that gets a record of the visit, for `regotcha-feedback explain`. Default: that of the feedback object. */
  readonly record?: string | undefined
}

/** How to infer a verdict. */
export interface WatchOptions<N extends Natives = Natives> extends Predicates<N>, SubmissionOptions {}

/** How to infer the verdicts of pages whose tasks are not known yet. */
export interface LookoutOptions<N extends Natives = Natives>
  extends Pick<SubmissionOptions, 'scope' | 'verdictTimeout' | 'predicateTimeout'> {
  readonly acceptedWhen?: Predicates<N>['acceptedWhen'] | undefined
  readonly rejectedWhen?: Predicates<N>['rejectedWhen']
  readonly silence?: Predicates['silence']
  /** Go before `acceptedWhen` where they match. Default: without `acceptedWhen`, those of the feedback object. */
  readonly sites?: readonly SiteRule<N>[] | undefined
}

/** How to judge one answer. */
export interface JudgeOptions<N extends Natives = Natives> extends Partial<Predicates<N>> {
  /** Where the answer came from, if it does not tell: a `forwardResponse` does not. It is the URL that was asked for. */
  readonly url?: string | undefined
  /** For one predicate's answer, reading the body included. Default: 10,000. */
  readonly predicateTimeout?: number | undefined
}

/** How long a token can be used, in ms. */
export const tokenLife = 120_000

const options = z.strictObject(
  {
    ...predicates,
    token: tokenSchema('the token, a string that is not empty').optional(),
    submittedWhen: functionOf<(request: SentRequest) => boolean>().optional(),
    scope: z.enum(['submission', 'page'], "'submission' or 'page'").optional(),
    submissionTimeout: milliseconds().default(tokenLife),
    verdictTimeout: milliseconds().default(30_000),
    predicateTimeout: milliseconds().default(10_000),
    record: text('the path of a folder').optional(),
  },
  'an object of options',
)

const aScope = "'page' where neither `token` nor `submittedWhen` tells which request is the submission"

function tellSubmission({ scope: input, token, submittedWhen }: SubmissionOptions, context: z.RefinementCtx): void {
  if (input !== 'submission' || token !== undefined || submittedWhen !== undefined) return
  context.addIssue({ code: 'custom', path: ['scope'], message: aScope, input })
}

const aWebUrl = 'the URL that was asked for, with http:// or https://'

export const watchOptions = options.superRefine(tellSubmission)

const optional = options.partial({ acceptedWhen: true })

function accept(options: Pick<LookoutOptions, keyof Predicates>, context: z.RefinementCtx): void {
  if (options.acceptedWhen) return
  for (const name of ['rejectedWhen', 'silence'] as const) {
    const message = 'nothing without an `acceptedWhen` beside it'
    if (options[name]) context.addIssue({ code: 'custom', path: [name], message, input: options[name] })
  }
}

/** Without predicates: those of the page's site count. */
export const watchOptionsBySite = optional.superRefine(tellSubmission).superRefine(accept)

export const judgeOptions = options
  .omit({ token: true, submittedWhen: true, scope: true, submissionTimeout: true, verdictTimeout: true, record: true })
  .extend({
    url: z
      .string(aWebUrl)
      .refine((url) => isWeb(url) && URL.canParse(url), aWebUrl)
      .optional(),
  })

/** Without predicates: those of the answer's site count. */
export const judgeOptionsBySite = judgeOptions.partial({ acceptedWhen: true }).superRefine(accept)

export const lookoutOptions = optional
  .omit({ token: true, submittedWhen: true, submissionTimeout: true, record: true })
  .extend({ sites: siteRules().optional() })
  .superRefine(accept)
