// A small database on the device (IndexedDB): steps that wait, photos that wait, and what is kept to read.

const NAME = 'sambung-field';
const VERSION = 2;

/** Store → the field that is its key; without one the key is given when something is put. */
const STORES = { ops: 'op_id', photos: 'id', kept: null } as const;

export type Store = keyof typeof STORES;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (request.result.objectStoreNames.contains(name)) continue;
        request.result.createObjectStore(name, keyPath ? { keyPath } : undefined);
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('indexeddb'));
  });
}

/** Runs one request in a transaction of its own; resolves when it is on disk. */
async function run<T>(
  store: Store,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(store, mode);
      const request = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error('indexeddb'));
      transaction.onabort = () => reject(transaction.error ?? new Error('indexeddb'));
    });
  } finally {
    db.close();
  }
}

export const put = <T>(store: Store, value: T, key?: string) =>
  run(store, 'readwrite', (s) => s.put(value, key));
export const get = <T>(store: Store, key: string) =>
  run(store, 'readonly', (s) => s.get(key) as IDBRequest<T | undefined>);
export const remove = (store: Store, key: string) => run(store, 'readwrite', (s) => s.delete(key));
export const all = <T>(store: Store) =>
  run(store, 'readonly', (s) => s.getAll() as IDBRequest<T[]>);
export const clear = (store: Store) => run(store, 'readwrite', (s) => s.clear());
