/**
 * A picture as PNG, drawn by resvg from the SVG text. The letters are those of a font that comes with Easel, so that a container
 * without fonts draws the same picture; only for scripts that it has not are the system's fonts asked.
 */
import { createRequire } from 'node:module';

/** Latin, Greek, Cyrillic, punctuation and signs. */
const COVERED = /^[\s -\u052f\u2000-\u206f\u20a0-\u22ff\ufffd]*$/u;

/** @param scale pixels of the PNG per pixel of the SVG */
export async function renderPng(svg: string, scale: number): Promise<Uint8Array> {
  const { renderAsync } = await import('@resvg/resvg-js');
  const image = await renderAsync(svg, {
    font: {
      fontFiles: fontFiles(),
      loadSystemFonts: !COVERED.test(svg),
      defaultFontFamily: 'Open Sans',
      sansSerifFamily: 'Open Sans',
    },
    fitTo: { mode: 'zoom', value: scale },
  });
  return image.asPng();
}

function fontFiles(): string[] {
  const require = createRequire(import.meta.url);
  return [
    require.resolve('@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf'),
    require.resolve('@expo-google-fonts/open-sans/600SemiBold/OpenSans_600SemiBold.ttf'),
  ];
}
