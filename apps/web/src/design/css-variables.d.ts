import 'react';

declare module 'react' {
  /** Custom properties that the style sheets read. */
  interface CSSProperties {
    '--hue'?: number;
    '--chroma'?: number;
    '--part'?: number;
    '--room'?: string;
    '--width'?: string;
  }
}
