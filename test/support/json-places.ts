/**
 * Every place in a JSON value, and the value with another thing there.
 *
 * @module
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** Names of fields and places in arrays, from the outside in. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly path: Path;
  readonly value: Json;
}

/** Every place in `value`, itself first. */
export function placesOf(value: Json, path: Path = []): Place[] {
  const parts = isArray(value)
    ? value.map((part, at) => placesOf(part, [...path, at]))
    : isObject(value)
      ? Object.entries(value).map(([name, part]) => placesOf(part, [...path, name]))
      : [];
  return [{ path, value }, ...parts.flat()];
}

/** `value` with `part` at `path`; without the field there when `part` is `undefined`. */
export function replaced(value: Json, path: Path, part: Json | undefined): Json {
  const [first, ...rest] = path;
  if (first === undefined) return part ?? null;
  if (isArray(value)) {
    return value.map((old, at) => (at === first ? replaced(old, rest, part) : old));
  }
  if (!isObject(value)) return value;
  const fields = Object.entries(value).flatMap(([name, old]): [string, Json][] => {
    if (name !== first) return [[name, old]];
    if (rest.length === 0 && part === undefined) return [];
    return [[name, replaced(old, rest, part)]];
  });
  return Object.fromEntries(fields);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
