// The switches burnt into the packaged Electron binary, set by electron-builder before it signs. Strict: a fuse that a new
// Electron brings breaks the build until someone has decided on it.
import { join } from 'node:path';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import type { AfterPackContext } from 'electron-builder';

export const fuses = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
} as const;

export async function afterPack({
  appOutDir,
  electronPlatformName,
  packager,
}: AfterPackContext): Promise<void> {
  await flipFuses(join(appOutDir, executable(electronPlatformName, packager)), fuses);
}

function executable(platform: string, { appInfo }: AfterPackContext['packager']): string {
  if (platform === 'darwin') return `${appInfo.productFilename}.app`;
  if (platform === 'win32') return `${appInfo.productFilename}.exe`;
  return appInfo.sanitizedName.toLowerCase();
}
