// A ticket without a line of its own carries its kind's words, as the server keeps them in Indonesian.
import { ticket as indonesian } from '@/locales/id/ticket';

type Named = { category: string; subject: string };

/** The line that somebody wrote; `null` when it only says the kind again. */
export function ownSubject({ category, subject }: Named): string | null {
  const kind = (indonesian as Record<string, string>)[`category_${category}`] ?? '';
  return subject.trim().toLowerCase() === kind.toLowerCase() ? null : subject;
}
