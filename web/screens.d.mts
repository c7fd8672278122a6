import type { APIRequest, BrowserContext, LaunchOptions, Page } from '@playwright/test';

type Api = (path: string) => Promise<{ items?: Record<string, string>[] }>;
export type Screen =
  | string
  | {
      route: string;
      find?: (api: Api) => Promise<string | undefined>;
      query?: Record<string, string>;
      press?: string[];
    };
type Logins = Record<string, string>;
type Playwright = { request: APIRequest };

export const BROWSER: LaunchOptions;
export const SCREENS: Record<string, Record<string, Screen>>;
export function loginsOf(log: string): Logins;
export function enter(
  playwright: Playwright,
  context: BrowserContext,
  url: string,
  person: string,
  logins: Logins,
): Promise<void>;
export function addressOf(screen: Screen, api: Api): Promise<string | null>;
export function settle(page: Page): Promise<void>;
export function press(page: Page, screen: Screen): Promise<void>;
export function prepare(playwright: Playwright, url: string, logins: Logins): Promise<void>;
