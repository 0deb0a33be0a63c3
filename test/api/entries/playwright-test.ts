export { type FixtureOptions, type Fixtures, test } from '../../../packages/playwright/src/fixture.ts'
