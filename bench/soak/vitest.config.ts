// The tests that take too long for `npm test`: `npm run soak` runs them first.
import config from '../../main/vitest.config.ts';

export default { ...config, test: { ...config.test, include: ['bench/soak/*.soak.ts'] } };
