/** Changelogs hold what was written for users alone: no hashes, and no list of our own packages' versions. */
export default {
  getReleaseLine: async ({ summary }) => `\n${summary.trim()}`,
  getDependencyReleaseLine: async () => '',
}
