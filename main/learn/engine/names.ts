// What the engines are called, for those who name them without computing: loading TensorFlow.js takes a while.
export { engineNames, type EngineName } from '../../../shared/training.ts';
