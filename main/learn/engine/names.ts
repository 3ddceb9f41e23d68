// What the engines are called, for those who name them without computing: loading TensorFlow.js takes a while.

/** Best first. */
export const engineNames = ['cuda', 'webgpu', 'tensorflow', 'wasm'] as const;
export type EngineName = (typeof engineNames)[number];
