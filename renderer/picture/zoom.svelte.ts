// How large pictures are drawn and which part of them. A Zoom may be shared: panes on the same zoom show the same part
// of their pictures, whatever the size of either. Nothing here touches the DOM.
import { devicePixelRatio } from 'svelte/reactivity/window';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Screen pixels a picture pixel, at most. */
export const closest = 8;
/** From here on single pixels are worth seeing as squares. */
export const pixelatedFrom = 2;
export const zoomStep = 1.25;

const middle = { x: 0.5, y: 0.5 } as const;

export class Zoom {
  /** Times the size at which the whole picture fits into its pane. */
  magnification = $state(1);
  /** The point of the picture in the middle of the pane, from 0 to 1 either way. */
  centre: { readonly x: number; readonly y: number } = $state.raw(middle);

  fit(): void {
    this.magnification = 1;
    this.centre = middle;
  }
}

/** One picture in one window, both measured in CSS pixels but for the picture's own size. */
export class Pane {
  width = $state(0);
  height = $state(0);
  picture: Size = $state.raw({ width: 0, height: 0 });
  readonly zoom: Zoom;
  /** CSS pixels a picture pixel where each picture pixel gets one pixel of the screen. */
  readonly #actual = $derived.by(() => 1 / (devicePixelRatio.current ?? 1));
  readonly #fit = $derived.by(() =>
    Math.min(
      this.width / Math.max(1, this.picture.width),
      this.height / Math.max(1, this.picture.height),
      closest * this.#actual,
    ),
  );
  /** Screen pixels a picture pixel: 1 is 100 %. */
  readonly scale = $derived.by(() => (this.#fit * this.zoom.magnification) / this.#actual);
  readonly frame = $derived.by(() => {
    const css = this.#fit * this.zoom.magnification;
    const [width, height] = [this.picture.width * css, this.picture.height * css];
    const { x, y } = this.zoom.centre;
    return { width, height, left: this.width / 2 - x * width, top: this.height / 2 - y * height };
  });

  constructor(zoom: Zoom) {
    this.zoom = zoom;
  }

  get isFit(): boolean {
    return this.zoom.magnification === 1;
  }

  /** Zooms so that the point `at` of the pane keeps showing the same point of the picture. */
  zoomBy(factor: number, at = { x: this.width / 2, y: this.height / 2 }): void {
    const { left, top, width, height } = this.frame;
    if (width === 0 || height === 0) return;
    const point = { x: (at.x - left) / width, y: (at.y - top) / height };
    const before = this.zoom.magnification;
    this.zoom.magnification = this.#within(before * factor);
    const ratio = before / this.zoom.magnification;
    const { x, y } = this.zoom.centre;
    this.#centreOn({ x: point.x + (x - point.x) * ratio, y: point.y + (y - point.y) * ratio });
  }

  panBy(dx: number, dy: number): void {
    const { width, height } = this.frame;
    if (width === 0 || height === 0) return;
    const { x, y } = this.zoom.centre;
    this.#centreOn({ x: x - dx / width, y: y - dy / height });
  }

  /** One picture pixel to one pixel of the screen, or back to the whole picture. */
  toggleActual(at?: { readonly x: number; readonly y: number }): void {
    if (this.isFit) this.zoomBy(1 / this.scale, at);
    else this.zoom.fit();
  }

  #within(magnification: number): number {
    const largest = Math.max(1, (closest * this.#actual) / this.#fit);
    const smallest = Math.min(1, this.#actual / this.#fit);
    return Math.max(smallest, Math.min(largest, magnification));
  }

  /** A picture that is larger than its pane fills it; a smaller one stays in its middle. */
  #centreOn({ x, y }: { readonly x: number; readonly y: number }): void {
    const { width, height } = this.frame;
    this.zoom.centre = { x: kept(x, this.width / width), y: kept(y, this.height / height) };
  }
}

/** `shown`: the share of the picture that the pane has room for. */
function kept(centre: number, shown: number): number {
  return shown >= 1 ? 0.5 : Math.max(shown / 2, Math.min(1 - shown / 2, centre));
}
