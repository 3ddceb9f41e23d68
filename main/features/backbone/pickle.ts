// Reads the data in a Python pickle and runs nothing: the machine knows the opcodes that plain data is made of, and only
// the names that it is given. What Python would call becomes a `Call`, a record that the reader looks at.
// Opcodes: Python's Lib/pickletools.py.

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  /** Lists and tuples. */
  | Value[]
  | Map<Value, Value>
  | Global
  | Call
  | PersistentId;

/** A name of a module, not looked up. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What Python would make by calling. */
export class Call {
  readonly name: string;
  readonly args: readonly Value[];
  constructor(name: string, args: readonly Value[]) {
    this.name = name;
    this.args = args;
  }
}

/** What stands for something that lies outside of the pickle. */
export class PersistentId {
  readonly id: Value;
  constructor(id: Value) {
    this.id = id;
  }
}

/** A name from a file of others, short and in one line. */
export const quoted = (name: string): string => JSON.stringify(name.slice(0, 80));

/** The bytes are not what is read from them; the message says why, in a few words. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

/** Goes through bytes, never past their end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next bytes, not copied. @throws Unreadable where there are fewer */
  take(count: number): Buffer {
    if (count > this.left) throw new Unreadable('it ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new Unreadable('it ends too early');
    return this.take(end + 1 - this.#at)
      .subarray(0, -1)
      .toString('latin1');
  }
}

/** Each makes at most one small object: far more than a large network has, and no burden on memory. */
const operationsAtMost = 200_000;

const orderedDict = 'collections.OrderedDict';

/**
 * The value of the pickle that begins here; the reader stands behind it then.
 * @param names those that may be called, besides `collections.OrderedDict`, or may stand as they are
 * @throws Unreadable
 */
export function readPickle(bytes: ByteReader, names: ReadonlySet<string>): Value {
  let stack: Value[] = [];
  /** The stacks below marks. */
  const below: Value[][] = [];
  const memo = new Map<number, Value>();

  const pop = (): Value => {
    const value = stack.pop();
    if (value === undefined) throw new Unreadable('its pickle takes more than it has');
    return value;
  };
  const top = (): Value => {
    const value = stack.at(-1);
    if (value === undefined) throw new Unreadable('its pickle takes more than it has');
    return value;
  };
  const popToMark = (): Value[] => {
    const values = stack;
    const before = below.pop();
    if (!before) throw new Unreadable('its pickle takes more than it has');
    stack = before;
    return values;
  };
  const list = (value: Value): Value[] => {
    if (Array.isArray(value)) return value;
    throw new Unreadable('its pickle fills a list that is none');
  };
  const fill = (value: Value, items: readonly Value[]): void => {
    if (!(value instanceof Map) || items.length % 2 !== 0) {
      throw new Unreadable('its pickle fills a dictionary that is none');
    }
    for (let i = 0; i < items.length; i += 2) value.set(items[i] ?? null, items[i + 1] ?? null);
  };
  const remembered = (key: number): Value => {
    const value = memo.get(key);
    if (value === undefined) throw new Unreadable('its pickle refers to what it does not have');
    return value;
  };
  const allowed = (name: string): Global => {
    if (name === orderedDict || names.has(name)) return new Global(name);
    throw new Unreadable(`its pickle asks for ${quoted(name)}, which weights do not need`);
  };
  const call = (callee: Value, args: readonly Value[]): Value => {
    if (!(callee instanceof Global)) throw new Unreadable('its pickle calls what has no name');
    if (callee.name === orderedDict && args.length === 0) return new Map();
    return new Call(callee.name, args);
  };

  for (let operations = 0; operations < operationsAtMost; operations++) {
    const opcode = bytes.byte();
    switch (opcode) {
      case 0x80: // PROTO
        bytes.byte();
        break;
      case 0x2e: // STOP
        return pop();
      case 0x28: // MARK
        below.push(stack);
        stack = [];
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
        stack.push(true);
        break;
      case 0x89: // NEWFALSE
        stack.push(false);
        break;
      case 0x4b: // BININT1
        stack.push(bytes.byte());
        break;
      case 0x4d: // BININT2
        stack.push(bytes.take(2).readUInt16LE());
        break;
      case 0x4a: // BININT
        stack.push(bytes.take(4).readInt32LE());
        break;
      case 0x8a: // LONG1
        stack.push(toInteger(bytes.take(bytes.byte())));
        break;
      case 0x58: // BINUNICODE
        stack.push(bytes.take(bytes.uint32()).toString('utf8'));
        break;
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x85: // TUPLE1
        stack.push([pop()]);
        break;
      case 0x86: // TUPLE2
        stack.push([pop(), pop()].toReversed());
        break;
      case 0x87: // TUPLE3
        stack.push([pop(), pop(), pop()].toReversed());
        break;
      case 0x74: {
        // TUPLE
        const items = popToMark();
        stack.push(items);
        break;
      }
      case 0x61: {
        // APPEND
        const item = pop();
        list(top()).push(item);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = popToMark();
        const target = list(top());
        for (const item of items) target.push(item);
        break;
      }
      case 0x73: {
        // SETITEM
        const value = pop();
        const key = pop();
        fill(top(), [key, value]);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = popToMark();
        fill(top(), items);
        break;
      }
      case 0x71: // BINPUT
        memo.set(bytes.byte(), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(bytes.uint32(), top());
        break;
      case 0x68: // BINGET
        stack.push(remembered(bytes.byte()));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(remembered(bytes.uint32()));
        break;
      case 0x63: // GLOBAL
        stack.push(allowed(`${bytes.line()}.${bytes.line()}`));
        break;
      case 0x52: {
        // REDUCE
        const args = list(pop());
        stack.push(call(pop(), args));
        break;
      }
      case 0x51: // BINPERSID
        stack.push(new PersistentId(pop()));
        break;
      case 0x62: // BUILD: attributes of an object, such as the versions of a network's modules. Nobody reads them.
        pop();
        break;
      default:
        throw new Unreadable(`its pickle has the opcode 0x${opcode.toString(16)}, which weights do not need`);
    }
  }
  throw new Unreadable(`its pickle has more than ${operationsAtMost.toLocaleString('en')} operations`);
}

/** Little-endian, in two's complement. A number where that is exact. */
function toInteger(bytes: Buffer): number | bigint {
  const hex = Buffer.from(bytes.toReversed()).toString('hex');
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex || '0'}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
