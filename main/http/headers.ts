// The security headers of everything that the app answers, the same in both shells. Knows no route and no content type.

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const everyReply = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** For the page, its files, calls and events. */
export const pageHeaders: Readonly<Record<string, string>> = {
  ...everyReply,
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), payment=()',
};

/** For thumbnails and images: opened on their own they are a document that may do nothing at all. */
export const imageHeaders: Readonly<Record<string, string>> = {
  ...everyReply,
  'Content-Security-Policy': "sandbox; default-src 'none'",
};
