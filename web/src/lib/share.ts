// A document of the server, given on by whatever the phone gives things on with.

/**
 * Shares a PDF with a sentence; where files can't be shared the sentence alone, and where nothing can be
 * shared by WhatsApp's own page. Closing the phone's choice is no error.
 */
export async function shareFile(address: string, name: string, text: string): Promise<void> {
  try {
    const answer = await fetch(address, { credentials: 'same-origin' });
    const files = answer.ok
      ? [new File([await answer.blob()], name, { type: 'application/pdf' })]
      : [];
    if (files.length > 0 && navigator.canShare?.({ files })) {
      await navigator.share({ files, text });
      return;
    }
    if (typeof navigator.share === 'function') {
      await navigator.share({ text });
      return;
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
  }
  globalThis.open(`https://wa.me/?text=${encodeURIComponent(text)}`, '_blank', 'noopener');
}
