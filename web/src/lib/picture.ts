// Photos are made small on the phone before they wait or travel.

const LONGEST_PX = 1280;
const QUALITY = 0.72;

/** A photo as JPEG of at most 1,280 px, as base64 without its prefix. */
export async function shrink(photo: Blob): Promise<string> {
  const picture = await createImageBitmap(photo);
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const url = canvas.toDataURL('image/jpeg', QUALITY);
  return url.slice(url.indexOf(',') + 1);
}
