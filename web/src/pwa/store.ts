// A small database on the device (IndexedDB): one store, keyed by the operation's id.

const NAME = 'sambung-field';
const STORE = 'ops';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'op_id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('indexeddb'));
  });
}

/** Runs one request in a transaction of its own; resolves when it is on disk. */
async function run<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error('indexeddb'));
      transaction.onabort = () => reject(transaction.error ?? new Error('indexeddb'));
    });
  } finally {
    db.close();
  }
}

export const put = <T>(value: T) => run('readwrite', (store) => store.put(value));
export const remove = (id: string) => run('readwrite', (store) => store.delete(id));
export const all = <T>() => run('readonly', (store) => store.getAll() as IDBRequest<T[]>);
