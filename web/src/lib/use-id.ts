import { useParams } from '@tanstack/react-router';

/** The part of the page's address that names its record. */
export function useId(): string {
  const params = useParams({ strict: false }) as { id?: string };
  return params.id ?? '';
}
