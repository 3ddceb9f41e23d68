// Takes the pictures of the documentation: `npm run screenshots`. They are no part of the tests.
import { defineConfig } from '@playwright/test';
import config from './playwright.config.ts';

export default defineConfig(config, { testMatch: 'screenshots.ts', timeout: 300_000 });
