/** A library's requests and responses in core's terms, read on demand. What can't be read is left out. */
import { decoded } from './charset.ts'
import type { Dialect, FrameLike, RequestLike, ResponseLike } from './dialect.ts'
import { transitionTo } from './history.ts'
import type { Instrumentation } from './hub.ts'
import { type ObservedRequest, type ObservedResponse, readable } from './source.ts'

/** What requests and responses are read with. */
interface Listening<Request, Response> {
  readonly dialect: Pick<Dialect<never, Request, Response>, 'first' | 'allHeaders' | 'isOfNetwork' | 'lateBody'>
  readonly instrumentation: Instrumentation<Request, Response>
}

export class PageRequest<Request extends RequestLike, Response> implements ObservedRequest {
  readonly native: Request
  readonly url: string
  readonly method: string
  readonly isUnattributed: boolean
  /** Not `#private`, because objects derived by `Object.create` read it, too. */
  readonly of: Listening<Request, Response>

  constructor(native: Request, isUnattributed: boolean, of: Listening<Request, Response>) {
    this.native = native
    this.url = native.url()
    this.method = native.method()
    this.isUnattributed = isUnattributed
    this.of = of
  }

  get chain() {
    return readable(() => this.of.dialect.first(this.native)) ?? this.native
  }

  get resourceType() {
    return readable(() => this.native.resourceType()) ?? ''
  }

  get headers() {
    return readable(() => this.native.headers()) ?? {}
  }

  get allHeaders() {
    const { allHeaders } = this.of.dialect
    return allHeaders && (async () => allHeaders(this.native))
  }

  get transition() {
    if (!readable(() => isMain(this.native.frame()))) return undefined
    return async () => transitionTo(this.native.url(), () => this.of.instrumentation.session())
  }

  get body() {
    return readable(() => this.native.postData()) ?? undefined
  }

  get lateBody() {
    return readable(() => this.of.dialect.lateBody?.(this.native))
  }

  get frame() {
    return readable(() => this.native.frame()) ?? undefined
  }

  get isNavigation() {
    return readable(() => this.native.isNavigationRequest()) ?? false
  }
}

export class PageResponse<Request extends RequestLike, Response extends ResponseLike<Request>>
  implements ObservedResponse
{
  readonly native: Response
  readonly request: PageRequest<Request, Response>
  readonly url: string
  readonly status: number

  constructor(native: Response, request: PageRequest<Request, Response>) {
    this.native = native
    this.request = request
    this.url = native.url()
    this.status = native.status()
  }

  get headers() {
    return readable(() => this.native.headers()) ?? {}
  }

  get allHeaders() {
    const { dialect } = this.request.of
    return async () => {
      const headers = await (dialect.allHeaders?.(this.native) ?? this.native.headers())
      if ('set-cookie' in headers || (await dialect.isOfNetwork(this.native))) return headers
      throw new Error('its cookies are not told')
    }
  }

  async text() {
    return decoded(await this.request.of.instrumentation.read(this.native), this.native.headers()['content-type'])
  }
}

export const isMain = (frame: FrameLike | null) => frame?.parentFrame() === null
