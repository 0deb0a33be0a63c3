import type { RedisOptions } from 'ioredis'
import { z } from 'zod'

/** `redis://` or `rediss://`, or the options of ioredis. */
export type Connection = string | RedisOptions

const aConnection = "a URL as 'redis://host:port' or the options of ioredis, without a keyPrefix"

const isRedisURL = (url: string) => ['redis:', 'rediss:'].includes(URL.parse(url)?.protocol ?? '')

/** BullMQ's scripts build their own key names, so with a prefix they would not find each other's keys. */
const isOptions = (value: unknown) =>
  typeof value === 'object' && value?.constructor === Object && !(value as RedisOptions).keyPrefix

export const connection = () =>
  z.union([z.string().refine(isRedisURL, aConnection), z.custom<RedisOptions>(isOptions)], aConnection)
