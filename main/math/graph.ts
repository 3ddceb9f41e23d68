// Writes small ONNX models as bytes, so that onnxruntime can run graphs that Toploss makes itself: matrix
// products of the head, and the patch features that are learned from the data set's own pixels.
// Only the parts of the format that these need: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

/** Element types of tensors, numbered as in TensorProto.DataType. */
const elementTypes = { float32: 1, int64: 7, float64: 11 } as const;
export type ElementType = keyof typeof elementTypes;

export interface Value {
  readonly name: string;
  readonly type: ElementType;
  /** A number is a fixed size, a string names one that is only known when the model runs. */
  readonly shape: readonly (number | string)[];
}

export interface Initializer {
  readonly name: string;
  readonly data: Float32Array | Float64Array | BigInt64Array;
  readonly shape: readonly number[];
}

export interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string>>;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Initializer[];
  /** Free text that travels with the model, such as the kind of features that it computes. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const operatorSet = 17;
const intermediateRepresentation = 8;

/** The model file of a graph. Integers among the attributes are ints; write 0.5 or a string for the other kinds. */
export function encodeModel(graph: Graph): Uint8Array {
  return Buffer.concat([
    integer(1, intermediateRepresentation),
    text(2, 'toploss'),
    bytes(7, encodeGraph(graph)),
    bytes(8, Buffer.concat([text(1, ''), integer(2, operatorSet)])),
    ...Object.entries(graph.metadata ?? {}).map(([key, value]) =>
      bytes(14, Buffer.concat([text(1, key), text(2, value)])),
    ),
  ]);
}

function encodeGraph({ inputs, outputs, nodes, initializers = [] }: Graph): Buffer {
  return Buffer.concat([
    ...nodes.map((node) => bytes(1, encodeNode(node))),
    text(2, 'toploss'),
    ...initializers.map((tensor) => bytes(5, encodeTensor(tensor))),
    ...inputs.map((value) => bytes(11, encodeValue(value))),
    ...outputs.map((value) => bytes(12, encodeValue(value))),
  ]);
}

function encodeNode({ operator, inputs, outputs, attributes = {} }: Node): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, encodeAttribute(name, value))),
  ]);
}

function encodeAttribute(name: string, value: number | readonly number[] | string): Buffer {
  const [type, content] =
    typeof value === 'string'
      ? [3, text(4, value)]
      : typeof value !== 'number'
        ? [7, Buffer.concat(value.map((item) => integer(8, item)))]
        : Number.isInteger(value)
          ? [2, integer(3, value)]
          : [1, Buffer.concat([varint((2 << 3) | 5), float(value)])];
  return Buffer.concat([text(1, name), content, integer(20, type)]);
}

function encodeTensor({ name, data, shape }: Initializer): Buffer {
  const type = data instanceof Float32Array ? 'float32' : data instanceof Float64Array ? 'float64' : 'int64';
  return Buffer.concat([
    ...shape.map((size) => integer(1, size)),
    integer(2, elementTypes[type]),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

function encodeValue({ name, type, shape }: Value): Buffer {
  const sizes = shape.map((size) => bytes(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  const tensor = Buffer.concat([integer(1, elementTypes[type]), bytes(2, Buffer.concat(sizes))]);
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensor))]);
}

// Protocol buffers: a key (field number and wire type), then a varint, or a length and that many bytes.

function varint(value: number): Buffer {
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
  groups.push(Number(rest));
  return Buffer.from(groups);
}

function float(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

const integer = (field: number, value: number) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field: number, content: Uint8Array) =>
  Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
const text = (field: number, content: string) => bytes(field, Buffer.from(content));
