/** What stands for a secret. */
export const hidden = '***';
const url =
  /^([a-z][a-z\d+.-]*:\/\/)?(?:([^:@/?#\s]*)(:[^@/?#\s]*)?@)?((?:\[[\da-f:.]+\]|[\w.-]+)?(?::\d*)?(?:,[\w.-]+(?::\d*)?)*)(\/(?!\/)[^?#@\s]*)?(\?[^#@\s]*)?$/i;

/**
 * A URL, or several with commas, without what must not be seen: passwords, tokens (a user without a password is one),
 * and parameters that sound like them. What is no plain URL is hidden whole.
 */
export function maskUrl(text: string): string {
  if (!text.includes(',') || /^postgres/i.test(text)) return maskOne(text.trim());
  const parts = text.split(',');
  // What stands before the first user may be the beginning of a password with a comma in it.
  if (text.includes('@') && parts[0]?.includes('@') !== true) return hidden;
  return parts.map((part) => maskOne(part.trim())).join(',');
}

/** A text, such as an error's message, with the credentials of the URLs in it hidden. */
export function maskText(text: string): string {
  return text.replaceAll(/\b([a-z][a-z\d+.-]*:\/\/)[^\s'"]*@/gi, `$1${hidden}@`);
}

function maskOne(text: string): string {
  const parts = url.exec(text);
  if (parts === null) return hidden;
  const [, scheme = '', user, password, hosts = '', path = '', query = ''] = parts;
  const isToken = password === undefined && !/^postgres/i.test(scheme);
  const credentials =
    user === undefined
      ? ''
      : isToken
        ? `${hidden}@`
        : `${user}${password === undefined ? '' : `:${hidden}`}@`;
  return `${scheme}${credentials}${hosts}${path}${query.replaceAll(/([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*/gi, `$1${hidden}`)}`;
}
