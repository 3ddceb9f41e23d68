/** ONNX Runtime computes features on these, best first: what its package brings for this system. */
export const featureEngines: readonly string[] =
  process.platform === 'darwin' ? ['coreml', 'cpu'] : process.platform === 'win32' ? ['dml', 'cpu'] : ['cpu'];
