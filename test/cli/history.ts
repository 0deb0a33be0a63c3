/** Writes a month of a busy crawler's outbox. */
import { openDatabase } from '../../packages/core/src/delivery/sqlite/database.ts'

const hour = 60 * 60_000
const day = 24 * hour

const sites = [
  { site: 'shop.example', share: 0.34, rate: 0.96, predicate: 'url(**/dashboard)' },
  {
    site: 'tickets.example',
    share: 0.22,
    rate: 0.88,
    predicate: 'any(all(url(**/order/*), not(status(5xx))), json(zod schema))',
  },
  { site: 'bank.example', share: 0.16, rate: 0.71, predicate: 'cookie(session)' },
  {
    site: 'www.a-very-long-host-name-of-a-regional-travel-agency.co.example',
    share: 0.12,
    rate: 0.93,
    predicate: 'url(**/dashboard)',
  },
  { site: 'forum.example', share: 0.08, rate: 0.99, predicate: undefined },
  { site: 'redesigned.example', share: 0.05, rate: 0, predicate: 'visible(.welcome)' },
  { site: 'jobs.example', share: 0.03, rate: 0.8, predicate: 'status(2xx)' },
]
const reasons = ['not-submitted', 'page-closed', 'no-match', 'site-error', 'predicate-error', 'no-answer']

/** Pseudo-random numbers between 0 and 1, the same on each run. */
function dice(seed = 1) {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

/** Fills a new outbox file at `path` with this many verdicts from the `days` before `now`. */
export function writeHistory(path: string, { count = 3000, days = 30, site: onlySite = '' } = {}): void {
  const [now, account] = [Date.now(), 'a'.repeat(32)]
  const random = dice()
  using db = openDatabase(path)
  const decided = db.prepare(`
    INSERT INTO outbox (account, task_id, valid, decided_at, expires_at, attempts, due_at, ending, ended_at, site, decided_by, predicate, took)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const undecided = db.prepare(
    'INSERT INTO undecided (account, task_id, decided_at, site, reason, took, hint, trail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const pick = () => {
    const dart = random()
    let end = 0
    return sites.find(({ share }) => {
      end += share
      return dart < end
    })
  }
  db.exec('BEGIN')
  for (let index = 0; index < count; index++) {
    // Busier by day, and a bad day two weeks ago.
    const ago = random() ** 1.15 * days * day
    const at = Math.round(now - ago)
    const { site = '', rate = 1, predicate = undefined } = onlySite ? { site: onlySite } : (pick() ?? {})
    const isBadDay = Math.abs(ago - days * 0.45 * day) < 0.7 * day
    const took = Math.round(600 + 4000 * -Math.log(1 - random()) * (random() < 0.1 ? 5 : 1))
    const taskId = `task_${index.toString(16).padStart(12, '0')}`
    if (random() < 0.07) {
      const reason = reasons[Math.floor(random() ** 2 * reasons.length)] ?? ''
      const hint =
        reason === 'not-submitted' ? `POST https://${site}/login took another token: is \`token\` the right one?` : null
      const trail = JSON.stringify([`POST https://${site}/login took another token`])
      undecided.run(account, taskId, at, site, reason, took, hint, trail)
      continue
    }
    const valid = random() < (isBadDay ? rate * 0.6 : rate)
    const isSilent = !valid && (rate === 0 || random() < 0.3)
    const by = valid ? 'acceptedWhen' : isSilent ? 'silence' : 'rejectedWhen'
    const attempts = random() < 0.9 ? 1 : 2 + Math.floor(random() ** 3 * 7)
    const latency = Math.round(
      80 + 400 * random() + (attempts - 1) * 20_000 * random() + (random() < 0.15 ? 240_000 * random() : 0),
    )
    const fate = random()
    const ending =
      ago < hour
        ? undefined
        : fate < 0.004
          ? { kind: 'dead', reason: fate < 0.003 ? 'ERROR_NO_SUCH_CAPCHA_ID' : 'ERROR_FEEDBACK_EXPIRED' }
          : fate < 0.005
            ? { kind: 'expired' }
            : { kind: 'delivered', by: attempts > 1 ? 'confirmed' : 'recorded', attempts }
    const isHeld = site === 'redesigned.example' && ago < day
    decided.run(
      account,
      taskId,
      +valid,
      at,
      at + day - 60_000,
      isHeld || !ending ? 0 : attempts,
      isHeld || ending ? null : 0,
      isHeld || !ending ? null : JSON.stringify(ending),
      isHeld || !ending ? null : at + latency,
      site,
      by,
      by === 'silence' ? null : by === 'rejectedWhen' ? 'text(/wrong captcha/i)' : (predicate ?? null),
      isSilent ? 30_000 + took : took,
    )
  }
  db.exec('COMMIT')
}
