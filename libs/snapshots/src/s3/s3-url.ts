/** Splits `s3://bucket/prefix`. @returns prefix: empty, or ends with a slash */
export function parseS3Url(url: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = '', ...folders] = url
    .slice('s3://'.length)
    .split('/')
    .filter((part) => part !== '');
  return { bucket, prefix: folders.map((folder) => `${folder}/`).join('') };
}
