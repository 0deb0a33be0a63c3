export { type FetchLike, type ResponseLike, withRegotchaFeedback } from '../../../packages/http/src/index.ts'
