import type { UserConfig } from 'vite';

/** Where each module goes; `null` leaves it to the bundler. */
export function chunkOf(settings: UserConfig): Promise<(id: string) => string | null>;
/** Writes each face's page into the built folder. */
export function writePages(dist: string): void;
/** What a first visit to a face loads beside the app. */
export const FACES: { name: string; words: string[] }[];
