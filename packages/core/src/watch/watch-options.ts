import { z } from 'zod'
import { functionOf, milliseconds, text } from '../options.ts'
import type { SentRequest } from '../page/source.ts'
import { isWeb } from '../page/url.ts'
import type { Natives } from '../predicates/evidence.ts'
import { type Predicates, predicates, type SiteRule, siteRules } from '../predicates/sites.ts'
import { type Token, tokenSchema } from '../token.ts'

/** Which request is the submission, and how long to wait. Times are in milliseconds. */
export interface SubmissionOptions {
  /**
   * The token, or the answer of `getTaskResult` that contains it. The request that carries it is the submission.
   * Recommended. The token is never stored or sent anywhere.
   */
  readonly token?: Token | undefined
  /** Recognises the submission if the page hides the token, for example by encryption. With `token`, both must hold. */
  readonly submittedWhen?: ((request: SentRequest) => boolean) | undefined
  /**
   * Which evidence is judged. `submission`: the answer to the submission, and the navigations that follow. `page`: also
   * every later response of the page, except scripts, styles, images and the like. Default: `submission` with `token`
   * or `submittedWhen`, else `page`.
   */
  readonly scope?: 'submission' | 'page' | undefined
  /** From arming to the submission. Default: 120,000, the lifetime of a token. */
  readonly submissionTimeout?: number | undefined
  /** From the submission to the verdict. Default: 30,000. */
  readonly verdictTimeout?: number | undefined
  /** For one predicate on one piece of evidence, including reading the body. Default: 10,000. */
  readonly predicateTimeout?: number | undefined
  /** A folder for a record of the visit, for `regotcha-feedback explain`. Default: the client's `record`. */
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
  /**
   * Rules by site. They take precedence over `acceptedWhen`. Default: the client's `sites`, unless `acceptedWhen` is
   * given.
   */
  readonly sites?: readonly SiteRule<N>[] | undefined
}

/** How to judge one answer. */
export interface JudgeOptions<N extends Natives = Natives> extends Partial<Predicates<N>> {
  /** The URL that was requested, for answers that do not contain it, such as a `forwardResponse`. */
  readonly url?: string | undefined
  /** For one predicate, including reading the body. Default: 10,000. */
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

/** Without `acceptedWhen`, the rule for the page's site applies. */
export const watchOptionsBySite = optional.superRefine(tellSubmission).superRefine(accept)

export const judgeOptions = options
  .omit({ token: true, submittedWhen: true, scope: true, submissionTimeout: true, verdictTimeout: true, record: true })
  .extend({
    url: z
      .string(aWebUrl)
      .refine((url) => isWeb(url) && URL.canParse(url), aWebUrl)
      .optional(),
  })

/** Without `acceptedWhen`, the rule for the answer's site applies. */
export const judgeOptionsBySite = judgeOptions.partial({ acceptedWhen: true }).superRefine(accept)

export const lookoutOptions = optional
  .omit({ token: true, submittedWhen: true, submissionTimeout: true, record: true })
  .extend({ sites: siteRules().optional() })
  .superRefine(accept)
