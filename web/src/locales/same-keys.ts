/** The shape a translation must have: the same keys as the Indonesian file, nothing more. */
export type SameKeys<T> = { readonly [K in keyof T]: string };
